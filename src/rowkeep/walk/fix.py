"""`rowkeep lint --fix`: rewrite, judge the result, and keep what answers findings and raises none beyond a note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from rowkeep import files, judge
from rowkeep.config import Settings
from rowkeep.domain.finding import Promise, Severity, Verdict
from rowkeep.domain.migration import Direction, Language, Migration
from rowkeep.domain.statement import Parsed, TransactionUse
from rowkeep.errors import Misused
from rowkeep.files.following import following
from rowkeep.files.framed import framed, outside
from rowkeep.files.listing import names_in
from rowkeep.files.select import Selection
from rowkeep.judge.onward import Onward
from rowkeep.parse import parse
from rowkeep.rewrite import Ground, Kind, Rewritten, Unit, apart, below, compose, units

UP = ".up.sql"
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
        chosen = {id(migration) for migration in selection.chosen if migration.name not in applied}
        skipped += [migration.name for migration in selection.chosen if migration.name in applied]
        done.begin()
        for migration in directory.migrations:
            if id(migration) in chosen:
                if apart:
                    done.begin()
                done.migration(migration)
            elif not apart:
                done.read(migration)
    changed = tuple(
        Changed(path, done.old.get(path, ""), text)
        for path, text in done.new.items()
        if text != done.old.get(path, "")
    )
    return Fixed(changed, done.answered, tuple(skipped), tuple(done.refused.items()))


@dataclass(slots=True)
class _Fix:
    """A directory rewritten from its first migration to its last; each is read once.

    new: the text of every file that was rewritten or made, by its path; old: what stood there.
    """

    options: judge.Options
    old: dict[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    known: Onward = field(init=False)
    told: Ground = field(init=False)
    present: dict[str, set[str]] = field(default_factory=dict)
    """By directory: the names of its files, and of those that will be."""

    def begin(self) -> None:
        """Nothing is known yet."""
        self.known, self.told = Onward(self.options), Ground()

    def read(self, migration: Migration) -> None:
        """Take in a migration as it is."""
        self.known.read(migration)
        if migration.language is Language.SQL:
            self.told.learn(parse(migration.up))

    def migration(self, first: Migration) -> None:
        """Rewrite one migration, and what comes of it, until nothing is left to do."""
        work = [(first, 0)]
        while work:
            migration, rounds = work.pop(0)
            results: list[Migration] = []
            if rounds < _ROUNDS:
                results = self._rewritten(migration)
            if not results:
                self.read(migration)
                continue
            self.old.setdefault(migration.path, migration.source.text if migration.path not in self.new else "")
            for each in results:
                self.new[each.path] = each.source.text
                self._names(each.path).add(PurePosixPath(each.path).name)
                if each is not results[0] and each.path.endswith(UP) and first.down is not None:
                    # A pair without its second half cannot be undone.
                    self.new[f"{each.path.removesuffix(UP)}.down.sql"] = (
                        f"-- Undone by the down part of {first.name}.\n"
                    )
            work[:0] = [(each, rounds + 1) for each in results]

    def _rewritten(self, migration: Migration) -> list[Migration]:
        if migration.language is not Language.SQL:
            return []
        before = self.known.tried([migration])
        if not before.counting:
            return []
        for base in self._bases(migration, before):
            parsed, told = self._grounds(base)
            # A statement that is torn has other findings than the whole one.
            found = before if base is migration else self.known.tried([base])
            possible = (
                *units(base, parsed, found, told, major=self.options.major),
                *below(base, found, told, major=self.options.major),
            )
            chosen, results, answered = self._best(base, parsed, before, possible)
            if chosen:
                self.answered += answered
                return results
        return []

    def _bases(self, migration: Migration, before: Verdict) -> Iterator[Migration]:
        """What the recipes are tried on: statements torn into their clauses, where that helps; and as it is."""
        parsed, told = self._grounds(migration)
        text = apart(migration, parsed, before, told, major=self.options.major)
        if text != migration.source.text:
            yield replace(files.read_text(migration.path, text, migration.layout), name=migration.name)
        yield migration

    def _grounds(self, migration: Migration) -> tuple[Parsed, Ground]:
        parsed, told = parse(migration.up), self.told.copy()
        told.learn(parsed)
        return parsed, told

    def _best(
        self, migration: Migration, parsed: Parsed, before: Verdict, possible: Sequence[Unit]
    ) -> tuple[Sequence[Unit], list[Migration], int]:
        """All of it, if that is proven; else as much as is: half by half, down to one recipe after the other."""
        chosen: list[Unit] = []
        best: tuple[list[Migration], int] = ([], 0)
        halves = [list(possible)]
        while halves:
            part = halves.pop(0)
            results, answered = self._proven(migration, parsed, before, [*chosen, *part])
            if results:
                chosen, best = [*chosen, *part], (results, answered)
            elif len(part) > 1:
                middle = len(part) // 2
                halves[:0] = [part[:middle], part[middle:]]
        return chosen, *best

    def _proven(
        self, migration: Migration, parsed: Parsed, before: Verdict, chosen: Sequence[Unit]
    ) -> tuple[list[Migration], int]:
        """The migrations that come of `chosen`, and how many findings they answer; none where it is no gain."""
        told = compose(migration, parsed, chosen)
        if told.refused:
            self.refused[migration.path] = told.refused
        if told.text == migration.source.text and not told.parts:
            return [], 0
        try:
            results = self._results(migration, told)
        except Misused as error:
            self.refused[migration.path] = f"{error.what}{f': {error.why}' if error.why else ''}"
            return [], 0
        after = self.known.tried(results)
        old, new = _weights(before, chosen), _weights(after, chosen)
        graver = _weights(after, chosen, least=Severity.WARNING)
        if any(graver[rule] > old[rule] for rule in graver):
            return [], 0
        wanted = {rule for unit in chosen for rule in unit.rules} | {
            each.rule for each in before.counting if each.promise is Promise.LOCK
        }
        gone = sum(max(0, old[rule] - new[rule]) for rule in wanted)
        return (results, gone) if gone else ([], 0)

    def _results(self, migration: Migration, told: Rewritten) -> list[Migration]:
        """What was composed, as the files that the layout has. Raises Misused where it has none for it."""
        file, layout, down = PurePosixPath(migration.path).name, migration.layout, migration.down
        if told.parts and layout == "goose" and "StatementBegin" in told.text:
            raise Misused("the migration cannot be cut", why="its StatementBegin and StatementEnd hold it together")
        present = self._names(migration.path) | {file}
        names = following(file, [part.word for part in told.parts], present, layout)
        own = down is not None and down.source is migration.up.source
        newline = "\r\n" if "\r\n" in migration.source.text else "\n"
        results = [self._read(migration.path, told.text, layout)]
        for name, part in zip(names, told.parts, strict=True):
            text = framed(part.text, layout, migration.name if own else "").replace("\n", newline)
            results.append(self._read(_beside(migration.path, name), text, layout))
        # A down part in a file of its own stays as it is.
        results[0] = replace(results[0], name=migration.name, down=results[0].down if own else down)
        return results

    def _read(self, path: str, text: str, layout: str) -> Migration:
        """The file, which says itself where it runs outside a transaction."""
        read = files.read_text(path, text, layout)
        known = ((Direction.UP, read.up), (Direction.DOWN, read.down))
        held = {way: parse(part).statements for way, part in known if part is not None and part.transaction is None}
        ways = frozenset(
            way
            for way, statements in held.items()
            if any(each.transaction is TransactionUse.OUTSIDE for each in statements)
        )
        marked = outside(text, layout, ways, frozenset(way for way, statements in held.items() if statements))
        return read if marked == text else files.read_text(path, marked, layout)

    def _names(self, path: str) -> set[str]:
        home = PurePosixPath(path).parent.as_posix()
        if home not in self.present:
            self.present[home] = set(names_in(home))
        return self.present[home]


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


def _beside(path: str, name: str) -> str:
    return path[: len(path) - len(PurePosixPath(path).name)] + name
