"""Analyzes the same migrations again and again, as an editor asks: only what a change can influence.

The migrations are divided into blocks. What a block does depends on its migrations and on the schema before it. Where
both are as they were, its findings and the schema after it are, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, fields

from rowkeep.analysis.analyzer import Analyzer
from rowkeep.analysis.options import LintOptions
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.finding import Finding, LintResult
from rowkeep.domain.migration import Migration, Remark
from rowkeep.domain.schema.indexes import Indexes
from rowkeep.domain.schema.schema_state import SchemaState
from rowkeep.knowledge.forms.index_columns import is_indexed

BLOCK = 8
"""Migrations of a block: that many are read for the schema before a changed one, and a copy of the schema is kept for
each block."""


@dataclass(frozen=True, slots=True)
class AnalyzedBlock:
    """A block. before, after: the schema; nobody changes them. findings: of its analyzed migrations, by number."""

    migrations: tuple[Migration, ...]
    before: SchemaState
    after: SchemaState
    findings: dict[int, tuple[Finding, ...]]


@dataclass(slots=True)
class RememberedAnalysis:
    """The blocks so far. The results are those of `analyze`; no database is taken into account."""

    options: LintOptions
    _blocks: list[AnalyzedBlock] = field(default_factory=list)

    def result(
        self, migrations: Sequence[Migration], only: frozenset[str] | None, remarks: Sequence[Remark]
    ) -> LintResult:
        """All findings in the migrations that `only` names (None: all), and in the directory's own remarks."""
        chosen = [number for number, migration in enumerate(migrations) if only is None or migration.name in only]
        findings = list(Analyzer(self.options).result((), remarks).findings)
        last = chosen[-1] if chosen else -1
        state = SchemaState()
        for index, start in enumerate(range(0, len(migrations), BLOCK)):
            if start > last and not any(finding.wants_index for finding in findings):
                # Only what asks for an index depends on what comes after it.
                return LintResult(tuple(findings), len(chosen))
            block = self._block(index, tuple(migrations[start : start + BLOCK]), state, chosen)
            state = block.after
            for number in chosen:
                if start <= number < start + BLOCK:
                    findings += block.findings[number]
        return LintResult(tuple(each for each in findings if not is_indexed(each.wants_index, state)), len(chosen))

    def _block(
        self, index: int, migrations: tuple[Migration, ...], before: SchemaState, chosen: Sequence[int]
    ) -> AnalyzedBlock:
        """The block of these migrations, from memory if nothing that it depends on has changed."""
        start = index * BLOCK
        wanted = {number for number in chosen if start <= number < start + BLOCK}
        known = self._blocks[index] if index < len(self._blocks) else None
        fresh = known is None or not (
            _are_same(known.migrations, migrations) and (known.before is before or is_same_state(known.before, before))
        )
        if known is not None and not fresh and wanted <= known.findings.keys():
            return known
        analyzer = Analyzer(self.options)
        after = before.copy()
        findings = {} if fresh or known is None else dict(known.findings)
        for number, migration in enumerate(migrations, start):
            analyzer.findings = []
            analyzer.migration(migration, number, after, wanted=number in wanted)
            if number in wanted:
                findings[number] = tuple(analyzer.findings)
        if known is not None and is_same_state(known.after, after):
            # The next block sees at once that nothing has changed for it.
            after = known.after
        block = AnalyzedBlock(migrations, before, after, findings)
        self._blocks[index : index + 1] = [block]
        return block


def _are_same(some: tuple[Migration, ...], others: tuple[Migration, ...]) -> bool:
    """Whether these are the same values: a migration that is read again and has not changed stays the same value."""
    return len(some) == len(others) and all(map(_is_same, some, others))


def _is_same(one: Migration, other: Migration) -> bool:
    return one is other


def is_same_state(one: SchemaState, other: SchemaState) -> bool:
    """Whether two schemas are equal and have the same order: messages name tables and columns in that order."""
    if one != other:
        return False
    for each in fields(SchemaState):
        left, right = getattr(one, each.name), getattr(other, each.name)
        if isinstance(left, dict | Indexes) and list(left) != list(right):
            return False
        if isinstance(left, dict):
            for key, value in left.items():
                if isinstance(value, dict) and list(value) != list(right[key]):
                    return False
    return all(list(table.columns) == list(other.tables[key].columns) for key, table in one.tables.items())
