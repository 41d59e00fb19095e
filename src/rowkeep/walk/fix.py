"""`rowkeep lint --fix`: rewrite, judge the result, and keep what answers findings and raises none beyond a note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from rowkeep import files, judge
from rowkeep.config import Settings
from rowkeep.domain.finding import Promise, Severity, Verdict
from rowkeep.domain.migration import Migration
from rowkeep.errors import Misused
from rowkeep.files.following import following
from rowkeep.files.listing import names_in
from rowkeep.files.select import Selection
from rowkeep.parse import parse
from rowkeep.rewrite import Kind, Unit, compose, ground, units

_ROUNDS = 4
_BUILDS_UNIQUE = frozenset({"unique-constraint-builds-index", "primary-key-builds-index"})
_MAY_FAIL = "unique-index-may-fail"
"""True of the constraint as well, which says so by another rule: rows that are alike refuse it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A file as it is to be. old: '' where it is new."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a fix would write. answered: how many findings go. applied: migrations left alone, as history has them.

    refused: why a migration could not be cut, by its path.
    """

    files: tuple[Changed, ...]
    answered: int
    applied: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def fixed(
    selections: Sequence[Selection], options: judge.Options, settings: Settings, applied: Collection[str] = ()
) -> Fixed:
    """Every chosen migration in safe steps, as far as that is mechanical. applied: names that must not change."""
    done = _Fix(options)
    home = Path(settings.migrations_dir).resolve()
    skipped = []
    for selection in selections:
        directory = selection.directory
        apart = directory.layout == "plain" and Path(directory.path).resolve() != home
        order = list(directory.migrations)
        for migration in selection.chosen:
            if migration.name in applied:
                skipped.append(migration.name)
                continue
            done.migration([migration] if apart else order, migration)
    changed = tuple(
        Changed(path, done.old.get(path, ""), text)
        for path, text in done.new.items()
        if text != done.old.get(path, "")
    )
    return Fixed(changed, done.answered, tuple(skipped), tuple(done.refused))


@dataclass(slots=True)
class _Fix:
    options: judge.Options
    old: dict[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def migration(self, order: list[Migration], first: Migration) -> None:
        """Rewrite one migration within `order`, and what comes of it, until nothing is left to do."""
        work = [(first, 0)]
        while work:
            migration, rounds = work.pop(0)
            try:
                results = self._rewritten(order, migration)
            except Misused as error:
                self.refused.append((migration.path, error.what))
                continue
            if not results:
                continue
            at = order.index(migration)
            order[at : at + 1] = results
            self.old.setdefault(migration.path, migration.source.text if migration.path not in self.new else "")
            for each in results:
                self.new[each.path] = each.source.text
            if rounds < _ROUNDS:
                work += [(each, rounds + 1) for each in results]

    def _rewritten(self, order: Sequence[Migration], migration: Migration) -> list[Migration]:
        # What stands behind a migration tells nothing of it.
        so_far = order[: order.index(migration) + 1]
        before = self._verdict(so_far, {migration.name})
        if not before.counting:
            return []
        parsed = parse(migration.up)
        told = ground(so_far)
        possible = units(migration, parsed, before, told, major=self.options.major)
        if not possible:
            return []
        chosen, results, answered = self._best(order, migration, before, possible)
        self.answered += answered
        return results if chosen else []

    def _best(
        self, order: Sequence[Migration], migration: Migration, before: Verdict, possible: Sequence[Unit]
    ) -> tuple[Sequence[Unit], list[Migration], int]:
        """All of it, if that is proven; else as much as is, one recipe after the other."""
        results, answered = self._proven(order, migration, before, possible)
        if results:
            return possible, results, answered
        chosen: list[Unit] = []
        best: tuple[list[Migration], int] = ([], 0)
        for unit in possible if len(possible) > 1 else ():
            results, answered = self._proven(order, migration, before, [*chosen, unit])
            if results:
                chosen, best = [*chosen, unit], (results, answered)
        return chosen, *best

    def _proven(
        self, order: Sequence[Migration], migration: Migration, before: Verdict, chosen: Sequence[Unit]
    ) -> tuple[list[Migration], int]:
        """The migrations that come of `chosen`, and how many findings they answer; none where it is no gain."""
        told = compose(migration, parse(migration.up), chosen)
        if told.text == migration.source.text and not told.parts:
            return [], 0
        home, file = PurePosixPath(migration.path).parent.as_posix(), PurePosixPath(migration.path).name
        present = {*_names(home), *(PurePosixPath(path).name for path in self.new)}
        names = following(file, [part.word for part in told.parts], present | {file}, migration.layout)
        texts = [(migration.path, told.text)]
        texts += [(_beside(migration.path, name), part.text) for name, part in zip(names, told.parts, strict=True)]
        results = [files.read_text(path, text, migration.layout) for path, text in texts]
        results[0] = replace(results[0], name=migration.name)
        at = list(order).index(migration)
        after = self._verdict([*order[:at], *results], {each.name for each in results})
        old, new = _weights(before, chosen), _weights(after, chosen)
        graver = _weights(after, chosen, least=Severity.WARNING)
        if any(graver[rule] > old[rule] for rule in graver):
            return [], 0
        wanted = {rule for unit in chosen for rule in unit.rules}
        gone = sum(max(0, old[rule] - new[rule]) for rule in wanted)
        return (results, gone) if gone else ([], 0)

    def _verdict(self, order: Sequence[Migration], only: Collection[str]) -> Verdict:
        return judge.judge(order, replace(self.options, only=frozenset(only)))


def _weights(verdict: Verdict, chosen: Sequence[Unit], least: Severity = Severity.NOTE) -> Counter[str]:
    """How often each rule found something of at least this weight.

    What is retired breaks the running application no more than its drop.
    """
    retires = any(unit.kind is Kind.RETIRE for unit in chosen)
    inherited = {_MAY_FAIL} if any(_BUILDS_UNIQUE.intersection(unit.rules) for unit in chosen) else set()
    return Counter(
        finding.rule
        for finding in verdict.counting
        if finding.severity.weight >= least.weight
        and finding.rule not in inherited
        and not (retires and finding.promise is Promise.COMPATIBILITY)
    )


def _names(home: str) -> list[str]:
    return names_in(home) if Path(home).is_dir() else []


def _beside(path: str, name: str) -> str:
    return path[: len(path) - len(PurePosixPath(path).name)] + name
