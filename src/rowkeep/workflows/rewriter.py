"""A migration in safe steps, proven: what is rewritten is judged again in the place of the migration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from rowkeep import analysis, files
from rowkeep.analysis.incremental import IncrementalAnalysis
from rowkeep.analysis.suppression.per_file_ignores import drop_ignored
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.lint.finding import Category, LintResult, Severity
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.source import Source, Span
from rowkeep.domain.statement import Parsed, TransactionUse
from rowkeep.errors import Misused
from rowkeep.files.content.migration_text import frame_migration, mark_outside_transaction, runs_outside
from rowkeep.files.filesystem.listing import list_names
from rowkeep.files.filesystem.write_set import has_text
from rowkeep.files.following_names import names_after
from rowkeep.parse import parse_section
from rowkeep.rewrite import (
    Back,
    RecipeKind,
    RecipeUnit,
    RewrittenMigration,
    SchemaBefore,
    compose_files,
    find_recipes,
    rewrite_outside_transaction,
    split_below,
    with_line_ends,
)

_ROUNDS = 4
"""How often what comes of a migration is rewritten again."""
_BUILDS_UNIQUE = frozenset({"unique-constraint-builds-index", "primary-key-builds-index"})
_MAY_FAIL = "unique-index-may-fail"
"""True of the constraint as well, which says so by another rule: rows that are alike refuse it."""


@dataclass(frozen=True, slots=True)
class ProvenRewrite:
    """What comes of a migration: itself and the files that follow it. answered: how many findings go."""

    migrations: tuple[Migration, ...]
    answered: int
    units: tuple[RecipeUnit, ...]


@dataclass(slots=True)
class Rewriter:
    """A directory read on from its first migration to its last, each once; any of them can be rewritten on the way.

    refused: why a migration was not rewritten as far as it might have been, by its path.
    """

    options: analysis.LintOptions
    ignored: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By pattern of paths: rules whose findings do not count there."""
    refused: dict[str, str] = field(default_factory=dict)
    known: IncrementalAnalysis = field(init=False)
    told: SchemaBefore = field(init=False)
    present: dict[str, set[str]] = field(default_factory=dict)
    """By directory: the names of its files, and of those that will be."""
    trials: dict[tuple[str, str, str, frozenset[Direction]], Migration] = field(default_factory=dict)
    """Rewritten files of the present migration, by path, text and layout: several trials compose the same file."""

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Nothing is known yet."""
        self.known, self.told = IncrementalAnalysis(self.options), SchemaBefore()

    def read(self, migration: Migration) -> None:
        """Take in a migration as it is."""
        self.known.read(migration)
        if migration.language is not Language.FOREIGN:
            self.told.learn(parse_section(migration.up))

    def through(self, first: Migration) -> ProvenRewrite:
        """What comes of a migration until nothing is left to do; it is read on. Itself, where nothing is gained."""
        work, done, answered = [(first, 0)], list[Migration](), 0
        self.trials.clear()
        chosen: tuple[RecipeUnit, ...] = ()
        while work:
            migration, rounds = work.pop(0)
            found = self.rewritten(migration, retires=not rounds) if rounds < _ROUNDS else None
            if found is None:
                self.read(migration)
                done.append(migration)
                continue
            answered += found.answered
            chosen += found.units
            for each in found.migrations:
                self._names(each.path).add(PurePosixPath(each.path).name)
            work[:0] = [(each, rounds + 1) for each in found.migrations]
        return ProvenRewrite(tuple(done), answered, chosen)

    def rewritten(self, migration: Migration, *, retires: bool = True) -> ProvenRewrite | None:
        """The same change in safe steps, once over; None where nothing is gained. Nothing of it is read on.

        retires: not for a part of a migration, as what stands in its other parts may need the drop.
        """
        if migration.language is not Language.SQL:
            return None
        before = self._lint([migration])
        if not before.counting:
            return None
        for base in self._bases(migration, before):
            parsed, told = self._grounds(base)
            # A statement that is torn has other findings than the whole one.
            found = before if base is migration else self._lint([base])
            possible = self._possible(base, parsed, found, told)
            if not retires:
                possible = tuple(unit for unit in possible if unit.kind is not RecipeKind.RETIRE)
            best = self._best(base, parsed, before, possible)
            if best is not None:
                return best
        return None

    def _lint(self, migrations: Sequence[Migration]) -> LintResult:
        return drop_ignored(self.known.preview(migrations), self.ignored)

    def _possible(
        self, migration: Migration, parsed: Parsed, result: LintResult, told: SchemaBefore
    ) -> tuple[RecipeUnit, ...]:
        major = self.options.major
        return (
            *find_recipes(migration, parsed, result, told, major=major),
            *split_below(migration, result, told, major=major),
        )

    def _bases(self, migration: Migration, before: LintResult) -> Iterator[Migration]:
        """What the recipes are tried on: statements torn into their clauses, where that helps; and as it is."""
        parsed, told = self._grounds(migration)
        text = rewrite_outside_transaction(migration, parsed, before, told, major=self.options.major)
        if text != migration.source.text:
            own = files.read_text(migration.path, text, migration.layout)
            yield replace(own, name=migration.name, layout=migration.layout)
        yield migration

    def _grounds(self, migration: Migration) -> tuple[Parsed, SchemaBefore]:
        parsed, told = parse_section(migration.up), self.told.copy()
        told.learn_names(parsed)
        return parsed, told

    def _best(
        self, migration: Migration, parsed: Parsed, before: LintResult, possible: Sequence[RecipeUnit]
    ) -> ProvenRewrite | None:
        """All of it, if that is proven; else as much as is: half by half, down to one recipe after the other."""
        best: ProvenRewrite | None = None
        halves = [tuple(possible)]
        while halves:
            part = halves.pop(0)
            found = self._prove(migration, parsed, before, (*(best.units if best is not None else ()), *part))
            if found is not None:
                best = found
            elif len(part) > 1:
                middle = len(part) // 2
                halves[:0] = [part[:middle], part[middle:]]
        if best is not None and {*best.units} == {*possible}:
            # What one way could not do, another has done.
            self.refused.pop(migration.path, None)
        return best

    def _prove(
        self, migration: Migration, parsed: Parsed, before: LintResult, chosen: tuple[RecipeUnit, ...]
    ) -> ProvenRewrite | None:
        """What comes of `chosen`; None where it is no gain."""
        told = compose_files(migration, parsed, chosen)
        if told.refused:
            self.refused[migration.path] = told.refused
        if told.text == migration.source.text and not told.parts:
            return None
        try:
            results = self._results(migration, told)
        except Misused as error:
            self.refused[migration.path] = f"{error.what}{f': {error.why}' if error.why else ''}"
            return None
        after = self._lint(results)
        if not runs_outside(migration.layout):
            after = _without_ways_back(after, migration)
        old, new = _weights(before, chosen), _weights(after, chosen)
        graver = _weights(after, chosen, least=Severity.WARNING)
        if any(graver[rule] > old[rule] for rule in graver):
            return None
        wanted = {rule for unit in chosen for rule in unit.rules}
        # What a statement was found for as a whole goes with the clause that was torn from it.
        wanted |= {each.rule for each in before.counting if each.category is Category.LOCK}
        gone = sum(max(0, old[rule] - new[rule]) for rule in wanted)
        return ProvenRewrite(tuple(results), gone, chosen) if gone else None

    def _results(self, migration: Migration, told: RewrittenMigration) -> list[Migration]:
        """What was composed, as the files that the layout has. Raises Misused where it has none for it."""
        file, layout, down = PurePosixPath(migration.path).name, migration.layout, migration.down
        if told.parts and layout == "goose" and "StatementBegin" in told.text:
            raise Misused(
                "the migration cannot be split",
                code=ErrorCode.MIGRATION_NOT_DIVISIBLE,
                why="its StatementBegin and StatementEnd hold it together",
            )
        present = self._names(migration.path) | {file}
        own = down is not None and down.source is migration.up.source
        newline = "\r\n" if "\r\n" in migration.source.text else "\n"
        backs = [_back(part.back, layout) for part in told.parts]
        texts = [
            frame_migration(
                part.text, layout, back.text if back and own else None, back_outside=bool(back and back.outside)
            )
            for part, back in zip(told.parts, backs, strict=True)
        ]
        texts = [with_line_ends(text, newline) for text in texts]
        words = [part.word for part in told.parts]
        present -= _left_over(migration.path, zip(names_after(file, words, {file}, layout), texts, strict=True))
        names = names_after(file, words, present, layout)
        results = [self._read(migration.path, told.text, layout)]
        for name, text, back in zip(names, texts, backs, strict=True):
            outside_ = frozenset({Direction.DOWN}) if back is not None and back.outside and own else frozenset()
            each = self._read(_beside(migration.path, name), text, layout, outside_)
            results.append(each if own or back is None else replace(each, down=_of_pair(each.path, back, layout)))
        first = results[0].down
        if down is not None and not own:
            # The down part in a file of its own.
            first = down if told.down is None else _own_file(down, told.down, layout)
        results[0] = replace(results[0], name=migration.name, down=first)
        return results

    def _read(self, path: str, text: str, layout: str, wanted: frozenset[Direction] = frozenset()) -> Migration:
        """The file, which says itself where it runs outside a transaction. wanted: parts that do in any case."""
        key = (path, text, layout, wanted)
        if key not in self.trials:
            self.trials[key] = self._read_new(path, text, layout, wanted)
        return self.trials[key]

    def _read_new(self, path: str, text: str, layout: str, wanted: frozenset[Direction]) -> Migration:
        # A file of a folder by itself is read as plain SQL.
        read = replace(files.read_text(path, text, layout), layout=layout)
        known = ((Direction.UP, read.up), (Direction.DOWN, read.down))
        held = {
            way: parse_section(part).statements for way, part in known if part is not None and part.transaction is None
        }
        ways = frozenset(
            way
            for way, statements in held.items()
            if way in wanted or any(each.transaction is TransactionUse.OUTSIDE for each in statements)
        )
        marked = mark_outside_transaction(
            text, layout, ways, frozenset(way for way, statements in held.items() if statements)
        )
        return read if marked == text else replace(files.read_text(path, marked, layout), layout=layout)

    def _names(self, path: str) -> set[str]:
        home = PurePosixPath(path).parent.as_posix()
        if home not in self.present:
            self.present[home] = set(list_names(home))
        return self.present[home]


def _weights(result: LintResult, chosen: Sequence[RecipeUnit], least: Severity = Severity.NOTE) -> Counter[str]:
    """How often each rule found something of at least this weight.

    What is retired breaks the running application no more than its drop.
    """
    retires = any(unit.kind is RecipeKind.RETIRE for unit in chosen)
    ends = {"inheritance-ended"} if retires else set()
    inherited = {_MAY_FAIL} if any(_BUILDS_UNIQUE.intersection(unit.rules) for unit in chosen) else set()
    return Counter(
        finding.rule
        for finding in result.counting
        if finding.severity.weight >= least.weight
        and finding.rule not in inherited | ends
        and not (retires and finding.category is Category.COMPATIBILITY)
    )


def _back(back: Back | None, layout: str) -> Back | None:
    """The down part of a new file as its layout can hold it: where it has no word for it, in one transaction."""
    if back is None or not back.outside or runs_outside(layout):
        return back
    if back.text.count(";\n") < 2:
        return back
    return Back(back.text.replace(" CONCURRENTLY", ""))


def _of_pair(path: str, back: Back, layout: str) -> Section:
    """The down part of a new pair, in its own file."""
    text = f"-- no-transaction\n{back.text}" if back.outside and layout == "sqlx" else back.text
    return _whole(f"{path.removesuffix('.up.sql')}.down.sql", text, False if back.outside else None)


def _own_file(down: Section, text: str, layout: str) -> Section:
    """The changed file of a down part, which says itself where it runs outside a transaction."""
    found = parse_section(_whole(down.source.path, text, down.transaction))
    if down.transaction is None and any(each.transaction is TransactionUse.OUTSIDE for each in found.statements):
        way = frozenset({Direction.DOWN})
        marked = mark_outside_transaction(text, layout, way, way)
        return _whole(down.source.path, marked, None if marked == text else False)
    return _whole(down.source.path, text, down.transaction)


def _whole(path: str, text: str, transaction: bool | None) -> Section:
    return Section(Source(path, text), Span(0, len(text)), transaction)


def _without_ways_back(result: LintResult, first: Migration) -> LintResult:
    """Without the locks that the down parts of new files take, where the layout has no word for doing it online."""
    found = (
        each
        for each in result.findings
        if each.migration == first.name or each.direction is Direction.UP or each.category is not Category.LOCK
    )
    return replace(result, findings=tuple(found))


def _left_over(path: str, files: Iterable[tuple[str, str]]) -> set[str]:
    """Of (name, text): those that an earlier run wrote before it died, so that they need not be found new names."""
    return {name for name, text in files if has_text(_beside(path, name), text)}


def _beside(path: str, name: str) -> str:
    return path[: len(path) - len(PurePosixPath(path).name)] + name
