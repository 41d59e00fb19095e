"""Migrations to a verdict: every act is shown to the rules that see its kind, then remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rowkeep import rules
from rowkeep.analysis.findings import SectionFindings
from rowkeep.analysis.options import Dispatch, LintOptions, dispatch_rules
from rowkeep.analysis.schema.live_state import state_from_live_facts
from rowkeep.analysis.section_walker import SectionWalker
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Finding, LintResult
from rowkeep.domain.migration import Direction, Language, Migration, Remark, Section
from rowkeep.domain.schema.schema_state import SchemaState
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed
from rowkeep.knowledge.forms.index_columns import is_indexed
from rowkeep.parse import parse_section

OnSection = Callable[[Migration, Direction, Parsed, Sequence[Finding]], None]
"""Called with each section that was read, and with what was found in it."""


def analyze(
    migrations: Sequence[Migration],
    options: LintOptions | None = None,
    remarks: Sequence[Remark] = (),
    on_section: OnSection | None = None,
) -> LintResult:
    """All findings in `migrations`, which stand in the order in which they run.

    remarks: those of the directory itself. on_section: called for each section in turn, so that nobody has to parse
    or judge it a second time. Raises Misused for a rule or severity that does not exist.
    """
    return Analyzer(options or LintOptions(), on_section=on_section).result(migrations, remarks)


@dataclass(slots=True)
class Analyzer:
    """The rules that judge, what they found so far, and the number of the transaction."""

    options: LintOptions
    findings: list[Finding] = field(default_factory=list)
    dispatch: Dispatch = field(init=False)
    transaction: int = 0
    on_section: OnSection | None = None

    def __post_init__(self) -> None:
        self.dispatch = dispatch_rules(self.options, rules.every())

    def result(self, migrations: Sequence[Migration], remarks: Sequence[Remark]) -> LintResult:
        known, live = SchemaState(), self._live()
        for remark in remarks:
            part = Section(remark.source, Span(0, 0))
            about = Migration("", remark.source.path, Language.FOREIGN, "", part, None, (remark,))
            self._remarks(about, Context(about, Direction.UP, known, self.options.major))
        judged = 0
        for number, migration in enumerate(migrations):
            wanted = self.options.only is None or migration.name in self.options.only
            judged += wanted
            told = known
            if live is not None and migration.name not in self.options.applied:
                told = live
                if migration.name in self.options.unfinished:
                    # What it makes may be there by its own doing.
                    told.blur()
            elif live is not None and not self._asks_text():
                continue
            self.migration(migration, number, told, wanted=wanted)
        told = live if live is not None else known
        return LintResult(tuple(each for each in self.findings if not is_indexed(each.wants_index, told)), judged)

    def migration(self, migration: Migration, number: int, known: SchemaState, *, wanted: bool) -> None:
        """Judge one migration, or only read it for what it tells; `known` grows by its up part."""
        up = Context(migration, Direction.UP, known, self.options.major, number)
        if migration.language is Language.FOREIGN:
            if wanted:
                self._remarks(migration, up)
            return
        self._section(up, migration.up, wanted)
        if wanted and migration.down is not None:
            down = Context(migration, Direction.DOWN, known.copy(), self.options.major, number)
            self._section(down, migration.down, wanted)

    def _asks_text(self) -> bool:
        """Whether a migration is judged that the server has already, in the light of the text before it."""
        options = self.options
        return options.only is None or any(name in options.applied for name in options.only)

    def _live(self) -> SchemaState | None:
        """What the server has told, before the first migration that it does not have."""
        if self.options.live is None:
            return None
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
