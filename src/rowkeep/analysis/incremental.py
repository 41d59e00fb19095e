"""Analyze a directory step by step: preview what may come next, then read what does."""

from __future__ import annotations

from collections.abc import Sequence

from rowkeep.analysis.analyzer import Analyzer
from rowkeep.analysis.options import LintOptions
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.lint.finding import LintResult
from rowkeep.domain.migration import Migration
from rowkeep.domain.schema.schema_state import SchemaState


@dataclass(slots=True)
class IncrementalAnalysis:
    """The schema after the migrations so far. Each is read once, however often the next ones are previewed.

    The results are those of `analyze` over the whole directory: what follows a migration does not change its findings.
    """

    options: LintOptions
    known: SchemaState = field(default_factory=SchemaState)
    number: int = 0
    _analyzer: Analyzer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._analyzer = Analyzer(self.options)

    def read(self, migration: Migration) -> None:
        """Read a migration for the schema."""
        self._analyzer.migration(migration, self.number, self.known, wanted=False)
        self.number += 1

    def preview(self, migrations: Sequence[Migration]) -> LintResult:
        """The findings in `migrations` if they came next. The schema stays as it is."""
        # Between two migrations there is no state of a session, so the copy is complete.
        known, began = self.known.copy(), self._analyzer.transaction
        self._analyzer.findings = []
        for step, migration in enumerate(migrations):
            self._analyzer.migration(migration, self.number + step, known, wanted=True)
        self._analyzer.transaction = began
        return LintResult(tuple(self._analyzer.findings), len(migrations))
