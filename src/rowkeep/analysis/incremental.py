"""A directory judged piece by piece: what may follow is tried, and what does follow is read on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rowkeep.analysis.analyzer import Analyzer
from rowkeep.analysis.options import LintOptions
from rowkeep.domain.lint.finding import LintResult
from rowkeep.domain.migration import Migration
from rowkeep.domain.schema.schema_state import SchemaState


@dataclass(slots=True)
class IncrementalAnalysis:
    """What the migrations so far have told. Each is read once, however often the next ones are tried.

    The verdicts are those of `judge` over the whole directory, as what stands behind a migration tells nothing of it.
    """

    options: LintOptions
    known: SchemaState = field(default_factory=SchemaState)
    number: int = 0
    _judge: Analyzer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._judge = Analyzer(self.options)

    def read(self, migration: Migration) -> None:
        """Take it in."""
        self._judge.migration(migration, self.number, self.known, wanted=False)
        self.number += 1

    def preview(self, migrations: Sequence[Migration]) -> LintResult:
        """The findings in `migrations`, if they came next. Nothing of them is remembered."""
        # Between two migrations nothing is known that belongs to a session, so that the copy is whole.
        known, began = self.known.copy(), self._judge.transaction
        self._judge.findings = []
        for step, migration in enumerate(migrations):
            self._judge.migration(migration, self.number + step, known, wanted=True)
        self._judge.transaction = began
        return LintResult(tuple(self._judge.findings), len(migrations))
