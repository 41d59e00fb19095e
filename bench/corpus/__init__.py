"""The corpus of dangerous and safe migrations (tests/corpus), as values: what each file does, and where it shows."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2] / "tests" / "corpus"
PROMISES = ("data", "lock", "compatibility", "repeat", "security", "transaction", "opaque")

UP = (r"^\s*--[\s-]*up\s+migration.*$", r"^\s*--\s*migrate:up.*$", r"^\s*--\s*\+goose\s+up.*$")
DOWN = (r"^\s*--[\s-]*down\s+migration.*$", r"^\s*--\s*migrate:down.*$", r"^\s*--\s*\+goose\s+down.*$")


@dataclass(frozen=True, slots=True)
class Place:
    """Lines `first` to `last` (from 1) of a file of the case, where a good finding may point."""

    file: str
    first: int
    last: int

    def holds(self, file: str, line: int) -> bool:
        """Whether a finding at this line of this file is at the right place."""
        return file == self.file and self.first <= line <= self.last


@dataclass(frozen=True, slots=True)
class Danger:
    """One danger of a file. promise: the one that is broken; accepts: others that name the danger fairly as well."""

    category: str
    accepts: frozenset[str]
    says: str
    places: tuple[Place, ...]

    def named_by(self, categories: frozenset[str]) -> bool:
        """Whether a finding of one of these promises names the danger."""
        return self.category in categories or bool(self.accepts & categories)


@dataclass(frozen=True, slots=True)
class Script:
    """One file of a case. path: as it is given to a linter."""

    name: str
    path: Path
    text: str

    @property
    def up(self) -> str:
        """What a runner sends: all but the down part (no up marker: the whole file, as node-pg-migrate does)."""
        up, down = (_first(patterns, self.text) for patterns in (UP, DOWN))
        if up is None:
            return self.text
        end = down.start() if down is not None and down.start() > up.start() else len(self.text)
        return self.text[up.end() : end]


@dataclass(frozen=True, slots=True)
class Case:
    """A file of the corpus, or a directory of files that belong together.

    path: the file or the directory; dangers: empty for a safe case; facts: the other words of expected.toml (`shows`,
    `loses`, …, see tests/corpus/README.md), which the server is asked to bear out.
    """

    name: str
    safe: bool
    path: Path
    scripts: tuple[Script, ...]
    says: str
    covers: frozenset[str]
    dangers: tuple[Danger, ...]
    facts: Mapping[str, Any]

    @property
    def category(self) -> str:
        """The first word of the name: the promise that is broken (for a safe case: that seems to be)."""
        return self.name.split("-", 1)[0]

    def runs_on(self, major: int) -> bool:
        """Whether the case speaks of this major version."""
        return int(self.facts.get("since", 0)) <= major <= int(self.facts.get("until", 99))


def cases() -> tuple[Case, ...]:
    """Every case of the corpus, dangerous ones first, by name."""
    return tuple(_read())


def _read() -> Iterator[Case]:
    for kind in ("dangerous", "safe"):
        with (ROOT / kind / "expected.toml").open("rb") as file:
            expected = tomllib.load(file)
        for name, facts in sorted(expected.items()):
            yield _case(name, kind == "safe", ROOT / kind / name, facts)


def _case(name: str, safe: bool, path: Path, facts: dict[str, Any]) -> Case:
    found = sorted(path.glob("*.sql")) if path.is_dir() else [path.with_name(f"{name}.sql")]
    scripts = tuple(Script(file.name, file, file.read_text(encoding="utf-8")) for file in found)
    category = name.split("-", 1)[0]
    dangers = []
    if not safe:
        dangers = [_danger(category, facts, scripts)]
        dangers += [_danger(other["class"], other, scripts) for other in facts.get("also", ())]
    return Case(
        name=name,
        safe=safe,
        path=path if path.is_dir() else found[0],
        scripts=scripts,
        says=facts["why"] if safe else facts["danger"],
        covers=frozenset(facts.get("covers", ())),
        dangers=tuple(dangers),
        facts=facts,
    )


def _danger(category: str, facts: Mapping[str, Any], scripts: tuple[Script, ...]) -> Danger:
    places = []
    for words in facts["lines"].split(", "):
        file, _, lines = words.rpartition(":")
        first, _, last = lines.partition("-")
        places.append(Place(file or scripts[0].name, int(first), int(last or first)))
    return Danger(category, frozenset(facts.get("accepts", ())), facts["danger"], tuple(places))


def _first(patterns: tuple[str, ...], text: str) -> re.Match[str] | None:
    found = [match for pattern in patterns for match in re.finditer(pattern, text, re.IGNORECASE | re.MULTILINE)]
    return min(found, key=re.Match.start, default=None)
