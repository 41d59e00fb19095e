"""PostgreSQL's own parser (libpg_query), loaded from the postgast package without importing that package.

Importing the package takes 80 ms, most of it for protobuf. The library can also return JSON, which the standard
library reads faster (docs/decisions/0020-the-parser-without-protobuf.md). Its own declarations, `postgast/native.py`,
import half of the standard library to find the library, so the functions that we use are declared here, and a test
compares the two. Positions here are bytes, as the library counts.
"""

from __future__ import annotations

import ctypes
import gc
import json
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from typing import Any

from rowkeep.parse.deep_json import deep_loads
from rowkeep.parse.text.nesting import TooLong, flatten_nesting

Node = dict[str, Any]
"""A parse tree node in the library's JSON. It never leaves this package."""


SHORT = 200
"""Texts of up to so many characters are parsed once. Most are expressions of PL/pgSQL, and repeat often."""

ToCharacter = Callable[[int], int]
"""Turns a byte offset of the library into a character offset."""


class ParserError(Exception):
    """A syntax error. position: 0-based character, or None. context: of PL/pgSQL."""

    def __init__(self, message: str, position: int | None, context: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.context = context


class ErrorStruct(ctypes.Structure):
    """`PgQueryError` of `pg_query.h`."""

    _fields_ = (
        ("message", ctypes.c_char_p),
        ("funcname", ctypes.c_char_p),
        ("filename", ctypes.c_char_p),
        ("lineno", ctypes.c_int),
        ("cursorpos", ctypes.c_int),
        ("context", ctypes.c_char_p),
    )


class ParseResult(ctypes.Structure):
    """`PgQueryParseResult`: the tree as JSON."""

    _fields_ = (
        ("parse_tree", ctypes.c_char_p),
        ("stderr_buffer", ctypes.c_char_p),
        ("error", ctypes.POINTER(ErrorStruct)),
    )


class SplitStatement(ctypes.Structure):
    """`PgQuerySplitStmt`."""

    _fields_ = (("stmt_location", ctypes.c_int), ("stmt_len", ctypes.c_int))


class SplitResult(ctypes.Structure):
    """`PgQuerySplitResult`."""

    _fields_ = (
        ("stmts", ctypes.POINTER(ctypes.POINTER(SplitStatement))),
        ("n_stmts", ctypes.c_int),
        ("stderr_buffer", ctypes.c_char_p),
        ("error", ctypes.POINTER(ErrorStruct)),
    )


LIBRARIES = ("libpg_query.so", "libpg_query.dylib", "pg_query.dll")
"""The names of the library in a wheel, by system."""


@cache
def load_library() -> Any:
    """The loaded C library. Raises ImportError if postgast is not installed, or was built without the library."""
    package = find_spec("postgast")
    places = package.submodule_search_locations if package else None
    if not places:
        raise ImportError("postgast is not installed")
    place = next(iter(places))
    for name in LIBRARIES:
        try:
            library = ctypes.CDLL(f"{place}/{name}")
        except OSError:
            continue
        return _declare(library)
    raise ImportError(f"postgast holds no {' or '.join(LIBRARIES)} that can be loaded")


def _declare(library: Any) -> Any:
    for function, argument, result in (
        (library.pg_query_parse, ctypes.c_char_p, ParseResult),
        (library.pg_query_free_parse_result, ParseResult, None),
        (library.pg_query_split_with_parser, ctypes.c_char_p, SplitResult),
        (library.pg_query_free_split_result, SplitResult, None),
    ):
        function.argtypes = [argument]
        function.restype = result
    return library


def _check(result: Any) -> None:
    if result.error:
        error = result.error.contents
        position = error.cursorpos - 1 if error.cursorpos > 0 else None
        context = error.context.decode("utf-8", "replace") if error.context else None
        raise ParserError(error.message.decode("utf-8", "replace"), position, context)


def _loads(text: bytes) -> Any:
    # A tree has no reference cycles; the collector would scan it over and over (5x slower on a seed file).
    collecting = gc.isenabled()
    gc.disable()
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"))
    except RecursionError:
        return deep_loads(text.decode("utf-8"))
    finally:
        if collecting:
            gc.enable()


def encode_text(text: str) -> bytes:
    """The text as the library expects it. A NUL would end it silently, so it must not hold one."""
    if "\0" in text:
        raise ParserError("the text holds a NUL character, which PostgreSQL does not accept", text.index("\0"), None)
    try:
        return flatten_nesting(text).encode("utf-8", "replace")
    except TooLong as error:
        raise ParserError("operator characters in a row that are no operator", error.at, None) from None


def parse_statements(text: str) -> list[Node]:
    """The raw statements of `text`: dicts with `stmt`, `stmt_location`, `stmt_len` (bytes). Raises ParserError.

    Nobody changes them: the trees of short texts are shared by all that parse the same text again.
    """
    return _parse_short(text) if len(text) <= SHORT else _parse(text)


def _parse(text: str) -> list[Node]:
    lib = load_library()
    result = lib.pg_query_parse(encode_text(text))
    try:
        _check(result)
        found: list[Node] = _loads(result.parse_tree).get("stmts", [])
        return found
    finally:
        lib.pg_query_free_parse_result(result)


_parse_short = lru_cache(256)(_parse)


def split_statements(text: str) -> list[tuple[int, int]]:
    """Where each statement of `text` starts and how long it is, in bytes, by the parser. Raises ParserError.

    Not by the library's scanner, which drops what it does not understand.
    """
    lib = load_library()
    result = lib.pg_query_split_with_parser(encode_text(text))
    try:
        _check(result)
        found = (result.stmts[index].contents for index in range(result.n_stmts))
        return [(one.stmt_location, one.stmt_len) for one in found]
    finally:
        lib.pg_query_free_split_result(result)
