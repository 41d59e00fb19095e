"""A migration rewritten into safe steps. Each rewrite is proven: it is analyzed again in place of the migration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from rowkeep import analysis, files
from rowkeep.analysis.incremental import IncrementalAnalysis
from rowkeep.analysis.suppression.per_file_ignores import drop_ignored
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass, field, replace
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
"""How often the files that a rewrite produces are rewritten again."""
_BUILDS_UNIQUE = frozenset({"unique-constraint-builds-index", "primary-key-builds-index"})
_MAY_FAIL = "unique-index-may-fail"
"""Also true of the constraint, where another rule reports it: duplicate rows make it fail."""


@dataclass(frozen=True, slots=True)
class ProvenRewrite:
    """The rewritten migration and the files that follow it. answered: how many findings are fixed."""

    migrations: tuple[Migration, ...]
    answered: int
    units: tuple[RecipeUnit, ...]


@dataclass(slots=True)
class Rewriter:
    """Reads the migrations of a directory in order, each once, and can rewrite each of them.

    refused: why a migration was not rewritten completely, by its path. retires: retire what is dropped.
    """

    options: analysis.LintOptions
    ignored: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By path pattern: rules whose findings do not count there."""
    refused: dict[str, str] = field(default_factory=dict)
    retires: bool = True
    incremental: IncrementalAnalysis = field(init=False)
    schema_before: SchemaBefore = field(init=False)
    present: dict[str, set[str]] = field(default_factory=dict)
    """By directory: the names of its files, and of those that a rewrite adds."""
    trials: dict[tuple[str, str, str, frozenset[Direction]], Migration] = field(default_factory=dict)
    """Rewritten files of the present migration, by path, text and layout: several trials compose the same file."""

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start with another directory."""
        self.incremental, self.schema_before = IncrementalAnalysis(self.options), SchemaBefore()

    def read(self, migration: Migration) -> None:
        """Read a migration without rewriting it."""
        self.incremental.read(migration)
        if migration.language is not Language.FOREIGN:
            self.schema_before.learn(parse_section(migration.up))

    def rewrite_fully(self, first: Migration) -> ProvenRewrite:
        """Rewrite a migration until there is nothing to fix, and read the result: itself where nothing is gained."""
        work, done, answered = [(first, 0)], list[Migration](), 0
        self.trials.clear()
        chosen: tuple[RecipeUnit, ...] = ()
        while work:
            migration, rounds = work.pop(0)
            found = self.rewrite_once(migration, retires=self.retires and not rounds) if rounds < _ROUNDS else None
            if found is None:
                self.read(migration)
                done.append(migration)
                continue
            answered += found.answered
            chosen += found.units
            for each in found.migrations:
                self._names_in(each.path).add(PurePosixPath(each.path).name)
            work[:0] = [(each, rounds + 1) for each in found.migrations]
        return ProvenRewrite(tuple(done), answered, chosen)

    def rewrite_once(self, migration: Migration, *, retires: bool = True) -> ProvenRewrite | None:
        """Rewrite a migration once; None where nothing is gained. The result is not read.

        retires: allow to retire what is dropped. Not for a part of a migration: its other parts may need the drop.
        """
        if migration.language is not Language.SQL:
            return None
        before = self._lint([migration])
        if not before.counting:
            return None
        for base in self._find_bases(migration, before):
            parsed, schema_before = self._read_before(base)
            # A statement that was split has other findings than the whole one.
            found = before if base is migration else self._lint([base])
            possible = self._find_recipes(base, parsed, found, schema_before)
            if not retires:
                possible = tuple(unit for unit in possible if unit.kind is not RecipeKind.RETIRE)
            best = self._find_best(base, parsed, before, possible)
            if best is not None:
                return best
        return None

    def _lint(self, migrations: Sequence[Migration]) -> LintResult:
        return drop_ignored(self.incremental.preview(migrations), self.ignored)

    def _find_recipes(
        self, migration: Migration, parsed: Parsed, result: LintResult, schema_before: SchemaBefore
    ) -> tuple[RecipeUnit, ...]:
        major = self.options.major
        return (
            *find_recipes(migration, parsed, result, schema_before, major=major),
            *split_below(migration, result, schema_before, major=major),
        )

    def _find_bases(self, migration: Migration, before: LintResult) -> Iterator[Migration]:
        """What the recipes are tried on: statements split into their clauses, where that helps; then the original."""
        parsed, schema_before = self._read_before(migration)
        text = rewrite_outside_transaction(migration, parsed, before, schema_before, major=self.options.major)
        if text != migration.source.text:
            own = files.read_text(migration.path, text, migration.layout)
            yield replace(own, name=migration.name, layout=migration.layout)
        yield migration

    def _read_before(self, migration: Migration) -> tuple[Parsed, SchemaBefore]:
        parsed, schema_before = parse_section(migration.up), self.schema_before.copy()
        schema_before.learn_names(parsed)
        return parsed, schema_before

    def _find_best(
        self, migration: Migration, parsed: Parsed, before: LintResult, possible: Sequence[RecipeUnit]
    ) -> ProvenRewrite | None:
        """All recipes, if they are proven together; otherwise as many as are: by halves, down to a single recipe."""
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
            # Another set of recipes did what the refused one could not.
            self.refused.pop(migration.path, None)
        return best

    def _prove(
        self, migration: Migration, parsed: Parsed, before: LintResult, chosen: tuple[RecipeUnit, ...]
    ) -> ProvenRewrite | None:
        """Apply the recipes and analyze the result; None where it is no improvement."""
        rewritten = compose_files(migration, parsed, chosen)
        if rewritten.refused:
            self.refused[migration.path] = rewritten.refused
        if rewritten.text == migration.source.text and not rewritten.parts:
            return None
        try:
            results = self._read_results(migration, rewritten)
        except Misused as error:
            self.refused[migration.path] = f"{error.what}{f': {error.why}' if error.why else ''}"
            return None
        after = self._lint(results)
        if not runs_outside(migration.layout):
            after = _drop_lock_findings(after, migration)
        old, new = _count_findings(before, chosen), _count_findings(after, chosen)
        graver = _count_findings(after, chosen, least=Severity.WARNING)
        if any(graver[rule] > old[rule] for rule in graver):
            return None
        wanted = {rule for unit in chosen for rule in unit.rules}
        # A finding of the whole statement goes with the clause that was split off.
        wanted |= {each.rule for each in before.counting if each.category is Category.LOCK}
        gone = sum(max(0, old[rule] - new[rule]) for rule in wanted)
        return ProvenRewrite(tuple(results), gone, chosen) if gone else None

    def _read_results(self, migration: Migration, rewritten: RewrittenMigration) -> list[Migration]:
        """Read the composed texts as files of the layout. Raises Misused where the layout has no file for one."""
        file, layout, down = PurePosixPath(migration.path).name, migration.layout, migration.down
        if rewritten.parts and layout == "goose" and "StatementBegin" in rewritten.text:
            raise Misused(
                "the migration cannot be split",
                code=ErrorCode.MIGRATION_NOT_DIVISIBLE,
                why="its StatementBegin and StatementEnd hold it together",
            )
        present = self._names_in(migration.path) | {file}
        own = down is not None and down.source is migration.up.source
        newline = "\r\n" if "\r\n" in migration.source.text else "\n"
        backs = [_adapt_back(part.back, layout) for part in rewritten.parts]
        texts = [
            frame_migration(
                part.text, layout, back.text if back and own else None, back_outside=bool(back and back.outside)
            )
            for part, back in zip(rewritten.parts, backs, strict=True)
        ]
        texts = [with_line_ends(text, newline) for text in texts]
        words = [part.word for part in rewritten.parts]
        present -= _find_left_over(migration.path, zip(names_after(file, words, {file}, layout), texts, strict=True))
        names = names_after(file, words, present, layout)
        results = [self._read(migration.path, rewritten.text, layout)]
        for name, text, back in zip(names, texts, backs, strict=True):
            outside_ = frozenset({Direction.DOWN}) if back is not None and back.outside and own else frozenset()
            each = self._read(_path_beside(migration.path, name), text, layout, outside_)
            results.append(each if own or back is None else replace(each, down=_down_of_pair(each.path, back, layout)))
        first = results[0].down
        if down is not None and not own:
            # The down part in a file of its own.
            first = down if rewritten.down is None else _down_file(down, rewritten.down, layout)
        results[0] = replace(results[0], name=migration.name, down=first)
        return results

    def _read(self, path: str, text: str, layout: str, outside: frozenset[Direction] = frozenset()) -> Migration:
        """Read a text as a file of the layout. outside: parts that run outside a transaction in any case.

        The text says where it runs outside a transaction; a missing marker is added.
        """
        key = (path, text, layout, outside)
        if key not in self.trials:
            self.trials[key] = self._read_new(path, text, layout, outside)
        return self.trials[key]

    def _read_new(self, path: str, text: str, layout: str, outside: frozenset[Direction]) -> Migration:
        # A file of a folder by itself is read as plain SQL.
        read = replace(files.read_text(path, text, layout), layout=layout)
        known = ((Direction.UP, read.up), (Direction.DOWN, read.down))
        statements_of = {
            way: parse_section(part).statements for way, part in known if part is not None and part.transaction is None
        }
        ways = frozenset(
            way
            for way, statements in statements_of.items()
            if way in outside or any(each.transaction is TransactionUse.OUTSIDE for each in statements)
        )
        marked = mark_outside_transaction(
            text, layout, ways, frozenset(way for way, statements in statements_of.items() if statements)
        )
        return read if marked == text else replace(files.read_text(path, marked, layout), layout=layout)

    def _names_in(self, path: str) -> set[str]:
        home = PurePosixPath(path).parent.as_posix()
        if home not in self.present:
            self.present[home] = set(list_names(home))
        return self.present[home]


def _count_findings(result: LintResult, chosen: Sequence[RecipeUnit], least: Severity = Severity.NOTE) -> Counter[str]:
    """How often each rule found something of at least this severity.

    Retiring an object breaks the running application no more than dropping it.
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


def _adapt_back(back: Back | None, layout: str) -> Back | None:
    """The down part of a new file, as its layout allows: without a marker for it, it runs in one transaction."""
    if back is None or not back.outside or runs_outside(layout):
        return back
    if back.text.count(";\n") < 2:
        return back
    return Back(back.text.replace(" CONCURRENTLY", ""))


def _down_of_pair(path: str, back: Back, layout: str) -> Section:
    """The down part of a new pair, in its own file."""
    text = f"-- no-transaction\n{back.text}" if back.outside and layout == "sqlx" else back.text
    return _whole_section(f"{path.removesuffix('.up.sql')}.down.sql", text, False if back.outside else None)


def _down_file(down: Section, text: str, layout: str) -> Section:
    """The changed file of a down part. A marker is added where it runs outside a transaction."""
    found = parse_section(_whole_section(down.source.path, text, down.transaction))
    if down.transaction is None and any(each.transaction is TransactionUse.OUTSIDE for each in found.statements):
        way = frozenset({Direction.DOWN})
        marked = mark_outside_transaction(text, layout, way, way)
        return _whole_section(down.source.path, marked, None if marked == text else False)
    return _whole_section(down.source.path, text, down.transaction)


def _whole_section(path: str, text: str, transaction: bool | None) -> Section:
    return Section(Source(path, text), Span(0, len(text)), transaction)


def _drop_lock_findings(result: LintResult, first: Migration) -> LintResult:
    """Without the lock findings of new down parts, where the layout cannot run them outside a transaction."""
    found = (
        each
        for each in result.findings
        if each.migration == first.name or each.direction is Direction.UP or each.category is not Category.LOCK
    )
    return replace(result, findings=tuple(found))


def _find_left_over(path: str, files: Iterable[tuple[str, str]]) -> set[str]:
    """Names of (name, text) pairs that an interrupted run has written already, so that they keep their names."""
    return {name for name, text in files if has_text(_path_beside(path, name), text)}


def _path_beside(path: str, name: str) -> str:
    return path[: len(path) - len(PurePosixPath(path).name)] + name
