"""PostgreSQL's own parser (libpg_query), loaded from the postgast package without importing protobuf.

Importing the package takes 80 ms, most of it for protobuf. The library can also return JSON, which the standard
library reads faster. `postgast/native.py` declares every function and imports nothing but ctypes, so it is loaded
alone (docs/decisions/0020-the-parser-without-protobuf.md). Positions here are bytes, as the library counts.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import Any

from rowkeep.parse.deep_json import deep_loads
from rowkeep.parse.text.nesting import TooLong, flatten_nesting

Node = dict[str, Any]
"""A parse tree node in the library's JSON. It never leaves this package."""


ToCharacter = Callable[[int], int]
"""Turns a byte offset of the library into a character offset."""


class ParserError(Exception):
    """A syntax error. position: 0-based character, or None. context: of PL/pgSQL."""

    def __init__(self, message: str, position: int | None, context: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.context = context


@cache
def load_library() -> Any:
    """The loaded C library. Raises ImportError if postgast is not installed."""
    package = find_spec("postgast")
    places = package.submodule_search_locations if package else None
    if not places:
        raise ImportError("postgast is not installed")
    spec = spec_from_file_location("rowkeep_postgast_native", f"{next(iter(places))}/native.py")
    if spec is None or spec.loader is None:
        raise ImportError("postgast holds no native.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.lib


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
        return json.loads(text)
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
    """The raw statements of `text`: dicts with `stmt`, `stmt_location`, `stmt_len` (bytes). Raises ParserError."""
    lib = load_library()
    result = lib.pg_query_parse(encode_text(text))
    try:
        _check(result)
        found: list[Node] = _loads(result.parse_tree).get("stmts", [])
        return found
    finally:
        lib.pg_query_free_parse_result(result)


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
