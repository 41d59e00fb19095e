"""Reads and changes the scripts in `package.json` and leaves everything else unchanged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.source import Span

_BLANK = compile_later(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class JsonMember:
    """A member of an object in the text: its name, and the spans of the name and of the value."""

    name: str
    key: Span
    value: Span


class NotPackage(ValueError):
    """The text is no JSON object, or its scripts are none."""


def read_scripts(text: str) -> dict[str, str]:
    """The scripts by name. Raises NotPackage."""
    found = _package(text).get("scripts", {})
    if not isinstance(found, dict) or not all(isinstance(line, str) for line in found.values()):
        raise NotPackage("“scripts” is not an object of strings")
    return dict(found)


def set_scripts_text(text: str, wanted: Mapping[str, str]) -> str:
    """The text with these scripts set; others, their order, indentation and line ends stay. Raises NotPackage."""
    expected = {**_package(text), "scripts": {**read_scripts(text), **wanted}}
    made = text
    for name, line in wanted.items():
        made = _with_script(made, name, line)
    if wanted and _package(made) != expected:
        raise NotPackage("the text contains a name twice")
    return made


def _package(text: str) -> dict[str, object]:
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise NotPackage(str(error)) from None
    if not isinstance(found, dict):
        raise NotPackage("it is not an object")
    return found


def _with_script(text: str, name: str, line: str) -> str:
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    top = list(_members(text, start))
    place = next((member for member in top if member.name == "scripts"), None)
    if place is None:
        text = _add_member(text, start, top, "scripts", "{}", 1)
        place = next(member for member in _members(text, start) if member.name == "scripts")
    inside = list(_members(text, place.value.start))
    present = next((member for member in inside if member.name == name), None)
    written = json.dumps(line, ensure_ascii=False)
    if present is not None:
        return text[: present.value.start] + written + text[present.value.end :]
    return _add_member(text, place.value.start, inside, name, written, 2)


def _add_member(text: str, opening: int, members: list[JsonMember], name: str, value: str, depth: int) -> str:
    """Put a member at the end of the object that opens at `opening`, indented as its neighbours are."""
    entry = f"{json.dumps(name, ensure_ascii=False)}:{_gap(text)}{value}"
    if members:
        last = members[-1]
        before = text[_end_of_blank_before(text, last.key.start) : last.key.start]
        return text[: last.value.end] + "," + before + entry + text[last.value.end :]
    newline = "\r\n" if "\r\n" in text else "\n"
    closing = _skip(text, opening + 1)
    unit = _unit(text)
    if unit is None:
        return text[: opening + 1] + entry + text[closing:]
    return f"{text[: opening + 1]}{newline}{unit * depth}{entry}{newline}{unit * (depth - 1)}{text[closing:]}"


def _members(text: str, opening: int) -> Iterator[JsonMember]:
    """The members of the object whose `{` stands at `opening`; the text is JSON that was parsed."""
    at = _skip(text, opening + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        key = Span(at, end)
        at = _skip(text, _skip(text, end) + 1)
        _, end = _DECODER.raw_decode(text, at)
        yield JsonMember(name, key, Span(at, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _end_of_blank_before(text: str, at: int) -> int:
    while text[at - 1] in " \t\r\n":
        at -= 1
    return at


def _unit(text: str) -> str | None:
    """One step of indentation, as the first member has it; None where all stands on one line."""
    found = re.search(r"\{[ \t]*\r?\n([ \t]+)\"", text)
    if found:
        return found[1]
    return "  " if re.fullmatch(r"\ufeff?\s*\{\s*\}\s*", text) else None


def _gap(text: str) -> str:
    """What stands between a colon and a value in this text."""
    found = re.search(r'"\s*:([ \t]*)', text)
    return found[1] if found else " "
