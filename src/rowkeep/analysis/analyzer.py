"""Migrations to findings: the rules check each operation, then the schema state records what it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rowkeep.analysis.findings import SectionFindings
from rowkeep.analysis.options import Dispatch, LintOptions, dispatch_rules
from rowkeep.analysis.section_walker import SectionWalker
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Finding, LintResult
from rowkeep.domain.migration import Direction, Language, Migration, Remark, Section
from rowkeep.domain.schema.schema_state import SchemaState
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed
from rowkeep.knowledge.forms.index_columns import is_indexed
from rowkeep.parse import parse_section

OnSection = Callable[[Migration, Direction, Parsed, Sequence[Finding]], None]
"""Called with each section that was read, and with its findings."""


def analyze(
    migrations: Sequence[Migration],
    options: LintOptions | None = None,
    remarks: Sequence[Remark] = (),
    on_section: OnSection | None = None,
) -> LintResult:
    """All findings in `migrations`, which are in the order in which they run.

    remarks: those of the directory itself. on_section: called for each section in turn, so that nobody has to analyze
    it a second time. Raises Misused for a rule or severity that does not exist.
    """
    return Analyzer(options or LintOptions(), on_section=on_section).result(migrations, remarks)


@dataclass(slots=True)
class Analyzer:
    """The options and rules of an analysis, the findings so far, and the number of the transaction."""

    options: LintOptions
    findings: list[Finding] = field(default_factory=list)
    dispatch: Dispatch = field(init=False)
    transaction: int = 0
    on_section: OnSection | None = None

    def __post_init__(self) -> None:
        self.dispatch = dispatch_rules(self.options)

    def result(self, migrations: Sequence[Migration], remarks: Sequence[Remark]) -> LintResult:
        known, live = SchemaState(), self._live_state()
        for remark in remarks:
            part = Section(remark.source, Span(0, 0))
            about = Migration("", remark.source.path, Language.FOREIGN, "", part, None, (remark,))
            self._remarks(about, Context(about, Direction.UP, known, self.options.major))
        analyzed = 0
        for number, migration in enumerate(migrations):
            wanted = self.options.only is None or migration.name in self.options.only
            analyzed += wanted
            state = known
            if live is not None and migration.name not in self.options.applied:
                state = live
                if migration.name in self.options.unfinished:
                    # What it creates may exist because its first run created it.
                    state.blur()
            elif live is not None and not self._needs_text():
                continue
            self.migration(migration, number, state, wanted=wanted)
        state = live if live is not None else known
        return LintResult(tuple(each for each in self.findings if not is_indexed(each.wants_index, state)), analyzed)

    def migration(self, migration: Migration, number: int, known: SchemaState, *, wanted: bool) -> None:
        """Analyze one migration, or only read it for the schema; `known` then includes its up part."""
        # The numbers of its transactions depend on nothing that comes before it.
        self.transaction = number << 32
        up = Context(migration, Direction.UP, known, self.options.major, number)
        if migration.language is Language.FOREIGN:
            if wanted:
                self._remarks(migration, up)
            return
        self._section(up, migration.up, wanted)
        if wanted and migration.down is not None:
            down = Context(migration, Direction.DOWN, known.copy(), self.options.major, number)
            self._section(down, migration.down, wanted)

    def _needs_text(self) -> bool:
        """Whether a migration is analyzed that is applied already: for that the texts before it are needed."""
        options = self.options
        return options.only is None or any(name in options.applied for name in options.only)

    def _live_state(self) -> SchemaState | None:
        """The schema that the database has now, None where no database was read."""
        if self.options.live is None:
            return None
        from rowkeep.analysis.schema.live_state import state_from_live_facts

        return state_from_live_facts(
            self.options.live, lambda context, section: self._section(context, section, False)
        )

    def _section(self, context: Context, section: Section, wanted: bool) -> None:
        parsed = parse_section(section, context.migration.includes)
        found = SectionFindings(self.options, self.dispatch, context, parsed, wanted)
        SectionWalker(self, context, parsed, section.transaction is False, found).run()
        own = found.report(context.migration.remarks if context.direction is Direction.UP else ()) if wanted else []
        self.findings += own
        if self.on_section is not None:
            self.on_section(context.migration, context.direction, parsed, own)

    def _remarks(self, migration: Migration, context: Context) -> None:
        empty = Parsed(migration.source, Span(0, 0), (), ())
        self.findings += SectionFindings(self.options, self.dispatch, context, empty, True).report(migration.remarks)
