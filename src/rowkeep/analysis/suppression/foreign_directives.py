"""Comments by which other tools allow what they find: `-- squawk-ignore ban-drop-table`, `-- atlas:nolint` …

They are mapped to our rules by `Rule.peers`. A name that is no rule's peer is that tool's business alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from rowkeep import rules
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

_ANY = compile_later(r"squawk-ignore|pgfence|eugene:|atlas:nolint|pgls-ignore|CANNOT BE WRITTEN AS SQL")
_DIRECTIVE = compile_later(
    r"""
    (?:--|/\*)[ \t]*+(?:
        squawk-ignore(?P<squawkfile>-file)?(?![\w:-])(?P<squawk>[^\n\r]*)
      | pgfence(?:-ignore(?![\w-]):?|:[ \t]*ignore\b)(?P<pgfence>[^\n\r]*)
      | eugene:[ \t]*ignore\b(?P<eugene>[^\n\r]*)
      | atlas:nolint\b(?P<atlas>[^\n\r]*)
      | pgls-ignore(?P<pglsway>-all|-start|-end)?(?![\w-])(?P<pgls>[^\n\r]*)
      | (?P<django>THIS\ OPERATION\ CANNOT\ BE\ WRITTEN\ AS\ SQL)
    )
    """,
    re.VERBOSE,
)
TOOLS = ("squawk", "pgfence", "eugene", "atlas", "pgls", "django")
_SQUAWK_ALIASES = {
    "require-timeout-settings": ("require-lock-timeout", "require-statement-timeout"),
    "prefer-timestamptz": ("prefer-timestamp-tz",),
}
_ATLAS_CLASSES = {
    "destructive": "DS",
    "data_depend": "MF",
    "incompatible": "BC",
    "concurrent_index": "PG1",
    "constraint": "CD",
    "naming": "NM",
    "nestedtx": "TX",
}


@dataclass(frozen=True, slots=True)
class ForeignDirective:
    """One comment. rules: of ours, by name. way: `file`, `start`, `end`, or '' for the statement it stands at.

    start, end: its characters. A text that Django could not write as SQL has the tool `django` and allows nothing.
    """

    tool: str
    rules: tuple[str, ...]
    reason: str
    way: str
    start: int
    end: int


def find_directives(text: str, start: int, end: int) -> Iterator[ForeignDirective]:
    """The comments of other tools in `text[start:end]` that mean a rule of ours, in order."""
    if _ANY.search(text, start, end) is None:
        return
    for match in _DIRECTIVE.finditer(text, start, end):
        tool = next(tool for tool in TOOLS if match[tool] is not None)
        words, reason = _split_reason(match[tool], ":" if tool == "pgls" else "--")
        way = "file" if match["squawkfile"] else (match["pglsway"] or "").removeprefix("-").replace("all", "file")
        if tool == "atlas" and _heads(text, match.start(), match.end()):
            way = "file"
        meant = tuple(dict.fromkeys(_our_rules(tool, words, way)))
        if meant or tool == "django" or way == "end":
            yield ForeignDirective(
                tool, meant, reason or f"{_article(tool)} {tool} directive", way, match.start(), match.end()
            )


def _article(tool: str) -> str:
    return "an" if tool[0] in "ae" else "a"


def _split_reason(rest: str, sign: str) -> tuple[str, str]:
    """What the directive names, and the reason after `sign`."""
    words, _, reason = rest.partition("*/")[0].partition(sign)
    return words.strip(), reason.strip()


def _our_rules(tool: str, words: str, way: str) -> Iterator[str]:
    """The rules of ours that the words of the directive mean."""
    match tool:
        case "squawk" if not words:
            # The bare comment ignores nothing; the bare comment for the file everything.
            yield from _all(tool) if way == "file" else ()
        case "squawk":
            # A word after a name makes it another name, as in squawk.
            names = [name.strip() for name in words.split(",")]
            yield from _peers(tool, (each for name in names for each in _SQUAWK_ALIASES.get(name, (name,))))
        case "pgls":
            name = words.split()[0] if words else ""
            yield from _all(tool) if name.count("/") < 2 else _peers(tool, (name.rpartition("/")[2],))
        case "django":
            return
        case _:
            names = re.findall(r"[\w-]+", words)
            yield from _peers(tool, names) if names else _all(tool)


@cache
def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for rule in rules.every():
        for peer in rule.peers:
            found[peer] = (*found.get(peer, ()), rule.name)
    return found


def _peers(tool: str, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from _index().get(f"{tool}:{name}", ())
        if tool == "atlas" and name in _ATLAS_CLASSES:
            yield from _all(f"atlas:{_ATLAS_CLASSES[name]}")


def _all(start: str) -> Iterator[str]:
    """Every rule of ours that has a peer of the tool, or of its class."""
    wanted = start if ":" in start else f"{start}:"
    for peer, names in _index().items():
        if peer.startswith(wanted):
            yield from names


def _heads(text: str, start: int, end: int) -> bool:
    """Whether a comment is at the top of the file, with an empty line after the comments there (Atlas)."""
    before = text[:start].splitlines()
    if any(line.strip() and not line.lstrip().startswith("--") for line in before):
        return False
    for line in text[end:].split("\n")[1:]:
        if not line.strip():
            return True
        if not line.lstrip().startswith("--"):
            return False
    return False
