"""The edits that fix a finding within its file.

They are found during the analysis: no migration is analyzed a second time. That such edits fix their finding and cause
no other is shown by the tests (tests/workflows/test_attach_fixes.py), not at run time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.domain.lint.finding import Finding, LintResult, TextEdit
from rowkeep.domain.migration import Direction, Directory, Language, Migration
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed
from rowkeep.files.content.migration_text import runs_by_statement
from rowkeep.parse import parse_section
from rowkeep.rewrite import RecipeUnit, SchemaBefore, find_recipes, split_below

Key = tuple[str, str, Span]


@dataclass(slots=True)
class FixFinder:
    """Finds the edits while a directory is analyzed. major: the oldest server that the edits must run on."""

    major: int
    fixes: dict[Key, tuple[TextEdit, ...]] = field(default_factory=dict)
    _ground: SchemaBefore = field(default_factory=SchemaBefore)
    _ahead: list[Migration] = field(default_factory=list)
    """Migrations of the directory that were not read yet, the next one last."""

    def begin(self, directory: Directory) -> None:
        """Start with another directory."""
        self._ground, self._ahead = SchemaBefore(), [*reversed(directory.migrations)]

    def on_section(
        self, migration: Migration, direction: Direction, parsed: Parsed, findings: Sequence[Finding]
    ) -> None:
        """Learn from a section, and keep the edits that fix its findings."""
        if direction is Direction.UP:
            self._catch_up(migration)
            self._ground.learn_names(parsed)
        if migration.language is Language.SQL and findings:
            self._keep(migration, direction, parsed, findings)
        if direction is Direction.UP:
            for statement in parsed.statements:
                self._ground.shapes.learn_statement(statement)

    def _keep(self, migration: Migration, direction: Direction, parsed: Parsed, findings: Sequence[Finding]) -> None:
        result = LintResult(tuple(findings), 1)
        if direction is Direction.UP:
            found = find_recipes(migration, parsed, result, self._ground, major=self.major)
        else:
            found = split_below(migration, result, self._ground, major=self.major, parsed=parsed)
        newline = "\r\n" if "\r\n" in migration.source.text else "\n"
        for unit in found:
            if _stays_in_its_file(unit, migration, parsed):
                edits = tuple(replace(edit, text=edit.text.replace("\n", newline)) for edit in _edits(unit))
                for rule in unit.rules:
                    self.fixes.setdefault((migration.path, rule, unit.span), edits)

    def _catch_up(self, migration: Migration) -> None:
        """Read the migrations before this one that were not analyzed because they are applied: their names count."""
        while self._ahead:
            each = self._ahead.pop()
            if each is migration:
                return
            if each.language is not Language.FOREIGN:
                self._ground.learn(parse_section(each.up))

    def attach(self, result: LintResult) -> LintResult:
        """The result, in which each counting finding that edits of its file can fix has them as its `fix`."""
        if not self.fixes:
            return result
        found = (
            replace(each, fix=self.fixes.get((each.source.path, each.rule, each.span), ()))
            if each.allowed is None
            else each
            for each in result.findings
        )
        return replace(result, findings=tuple(found))


def _edits(unit: RecipeUnit) -> Iterator[TextEdit]:
    yield from sorted((*unit.recipe.edits, *unit.recipe.below), key=lambda each: (each.span.start, each.span.end))


def _stays_in_its_file(unit: RecipeUnit, migration: Migration, parsed: Parsed) -> bool:
    """Whether the edits are all that is needed: no other file, and no marker of the layout."""
    recipe = unit.recipe
    if recipe.later:
        return False
    return not recipe.outside or (len(parsed.statements) == 1 and runs_by_statement(migration.layout))
