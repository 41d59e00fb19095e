"""A TOML file with the places of its keys, which `tomllib` does not provide."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Place, Source, Span
from rowkeep.errors import Misused

Path = tuple[str, ...]

_BLANK = compile_later(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = compile_later(r"""(?P<bare>[A-Za-z0-9_-]+)|"(?P<basic>(?:[^"\\]|\\.)*)"|'(?P<literal>[^']*)'""")
DEEPEST = 100
"""Deepest nesting of tables; our settings need four levels."""

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_DEEP = compile_later(rf"(?m)(?:^[ \t]*+\[{{0,2}}+|[{{,])[ \t]*+(?:{_PART}){{{DEEPEST}}}")
"""Most parts of a key; the time of tomllib grows with their square."""

_STRING = compile_later(
    r"""
      \"{3}(?:[^\\]|\\.)*?\"{3,5}
    | '{3}.*?'{3,5}
    | "(?:[^"\\\n]|\\.)*"
    | '[^'\n]*'
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """A parsed TOML file. table: our part; prefix: its path (`tool.rowkeep`)."""

    source: Source
    table: Mapping[str, Any]
    prefix: Path = ()
    _spans: Mapping[Path, Span] = field(default_factory=dict, repr=False)

    def span(self, path: Path) -> Span:
        """The key at `path` (tables, then the key), or the key of the nearest table around it."""
        full = (*self.prefix, *path)
        while full:
            if full in self._spans:
                return self._spans[full]
            full = full[:-1]
        return Span(0, 0)

    def place(self, path: Path) -> Place:
        """Where `path` is written."""
        return self.source.place(self.span(path).start)


def parse_toml(path: str, text: str, prefix: Path = ()) -> TomlDocument | None:
    """Parse a TOML file; None if it has no table `prefix`. Raises Misused with the place of a syntax error."""
    import tomllib

    source = Source(path, text)
    if _DEEP.search(text):
        raise Misused(
            "the configuration file cannot be read",
            code=ErrorCode.CONFIG_INVALID,
            where=path,
            why="a key has too many parts",
        )
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(source, str(error)) from None
    except (RecursionError, ValueError) as error:
        # An integer of thousands of digits raises ValueError.
        deep = isinstance(error, RecursionError)
        raise Misused(
            "the configuration file cannot be read",
            code=ErrorCode.CONFIG_INVALID,
            where=path,
            why="its lists or tables are nested too deeply" if deep else "a number in it is too long",
        ) from None
    for name in prefix:
        table = table.get(name) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        return None
    spans: dict[Path, Span] = {}
    for keys, span in _keys(path, text):
        for length in range(1, len(keys) + 1):
            spans.setdefault(keys[:length], span)
    return TomlDocument(source, table, prefix, spans)


def _keys(path: str, text: str) -> Iterator[tuple[Path, Span]]:
    """Every key with its span. Raises Misused if they are nested too deeply."""
    try:
        for keys, span in _places(text):
            if len(keys) > DEEPEST:
                raise Misused(
                    "the configuration file cannot be read",
                    code=ErrorCode.CONFIG_INVALID,
                    where=path,
                    why="a key has too many parts",
                )
            yield keys, span
    except RecursionError:
        raise Misused(
            "the configuration file cannot be read",
            code=ErrorCode.CONFIG_INVALID,
            where=path,
            why="its tables are nested too deeply",
        ) from None


def _unreadable(source: Source, message: str) -> Misused:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = (int(found[1]), int(found[2])) if found else (source.place(len(source.text)).line, 1)
    at = source.offset(line, column)
    return Misused(
        "the configuration file is not TOML",
        code=ErrorCode.CONFIG_INVALID,
        where=source.place(at),
        why=re.sub(r" \(at .*\)$", "", message),
        excerpt=source.excerpt(Span(at, at + 1)),
    )


def _places(text: str) -> Iterator[tuple[Path, Span]]:
    """Every key with its span. The text is TOML that tomllib has accepted."""
    table: Path = ()
    at = _skip_blank(text, 0)
    while at < len(text):
        if text[at] == "[":
            start = at
            while text[at] == "[":
                at += 1
            table, _, at = _read_key(text, at)
            at = text.index("]", at)
            while at < len(text) and text[at] == "]":
                at += 1
            yield table, Span(start, at)
        else:
            at = yield from _pair(text, at, table)
        at = _skip_blank(text, at)


def _pair(text: str, at: int, table: Path) -> Generator[tuple[Path, Span], None, int]:
    """One `key = value`; returns the end of the value."""
    names, span, at = _read_key(text, at)
    path = (*table, *names)
    yield path, span
    at = _skip_blank(text, text.index("=", at) + 1)
    if text[at] != "{":
        return _after_value(text, at)
    at = _skip_blank(text, at + 1)
    while text[at] != "}":
        at = yield from _pair(text, at, path)
        at = _skip_blank(text, at)
        if text[at] == ",":
            at = _skip_blank(text, at + 1)
    return at + 1


def _skip_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _read_key(text: str, at: int) -> tuple[Path, Span, int]:
    names: list[str] = []
    at = _skip_blank(text, at)
    start = end = at
    while key := _KEY.match(text, at):
        names.append(_name(key))
        at = end = key.end()
        while text[at] in " \t":
            at += 1
        if text[at] != ".":
            break
        at = _skip_blank(text, at + 1)
    return tuple(names), Span(start, end), at


def _name(key: re.Match[str]) -> str:
    """The value of a key: in double quotes it has TOML's escapes."""
    import tomllib

    basic = key.group("basic")
    if basic is not None and "\\" in basic:
        return next(iter(tomllib.loads(f"{key.group()} = 1")))
    return next(part for part in key.groups() if part is not None)


def _after_value(text: str, at: int) -> int:
    """The end of a value that is not an inline table:

    the end of the line, or the `,` or `}` of the table around it.
    """
    depth = 0
    while at < len(text):
        if string := _STRING.match(text, at):
            at = string.end()
        elif text[at] == "#":
            end = text.find("\n", at)
            at = end if end != -1 else len(text)
        elif text[at] in "[{":
            depth += 1
            at += 1
        elif depth and text[at] in "]}":
            depth -= 1
            at += 1
        elif not depth and text[at] in "\n,}":
            return at
        else:
            at += 1
    return at
