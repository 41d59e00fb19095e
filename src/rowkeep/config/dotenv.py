"""Parses a `.env` file as npm's `dotenv` does: quotes, comments, `export`; `$NAME` is not replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Source, Span

_LINE = compile_later(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[\w.-]+)(?:[ \t]*=[ \t]*|:[ \t]+)
        (?P<value>'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`|[^#\r\n]*)?
        [ \t]*(?:\#[^\r\n]*)?$""",
    re.VERBOSE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Dotenv:
    """Names and values of a `.env` file, and the spans of the names."""

    source: Source
    values: Mapping[str, str]
    spans: Mapping[str, Span]

    def origin(self, name: str) -> str:
        """The file and line that sets `name`."""
        place = self.source.place(self.spans[name].start)
        return f"{place.path}:{place.line}"


NOTHING = Dotenv(Source(".env", ""), MappingProxyType({}), MappingProxyType({}))


def parse_dotenv(path: str, text: str) -> Dotenv:
    """Parse a `.env` file. Lines that are not assignments are ignored; the last assignment of a name counts."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    values: dict[str, str] = {}
    spans: dict[str, Span] = {}
    for match in _LINE.finditer(text):
        name = match.group("name")
        values[name] = _unquote((match.group("value") or "").strip())
        spans[name] = Span(match.start("name"), match.end("name"))
    return Dotenv(Source(path, text), values, spans)


def _unquote(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"`":
        inner = value[1:-1]
        return inner.replace("\\n", "\n").replace("\\r", "\r") if value[0] == '"' else inner
    return value
