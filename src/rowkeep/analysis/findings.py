"""The findings of one section: each violation with its severity, place, suppression and impact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rowkeep import rules
from rowkeep.analysis.impact import does_nothing, find_impact, is_small
from rowkeep.analysis.one_line import cut_to_line
from rowkeep.analysis.options import Dispatch, LintOptions
from rowkeep.analysis.schema.triggered_code import Armed
from rowkeep.analysis.suppression.suppressions import Suppressions, read_suppressions
from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Finding, Severity, Violation
from rowkeep.domain.lint.hint import mark_unknown_names
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.migration import Language, Remark
from rowkeep.domain.operation import STORED, FrameKind, Notice, Operation
from rowkeep.domain.source import Place, Source, Span
from rowkeep.domain.statement import Parsed, ProblemKind, Statement
from rowkeep.knowledge.locks import locks_of

if TYPE_CHECKING:
    from rowkeep.analysis.suppression.accepted_losses import AcceptedLosses

Via = tuple[tuple[str, Place], ...]
_NEEDS_OBJECT = (Category.DATA, Category.LOCK, Category.COMPATIBILITY, Category.REPEAT)
"""Categories that an operation cannot violate where it does nothing, because its object does not exist."""


@dataclass(slots=True)
class SectionFindings:
    """The findings of one section so far. wanted: report them; otherwise the section is only read for the schema."""

    options: LintOptions
    dispatch: Dispatch
    context: Context
    parsed: Parsed
    wanted: bool
    findings: list[Finding] = field(default_factory=list)
    suppressions: dict[Source, Suppressions] = field(default_factory=dict)
    """By file: that of the migration, and each file that it includes."""
    accepted: AcceptedLosses | None = None

    def __post_init__(self) -> None:
        if self.wanted:
            self.suppressions = _find_suppressions(self.parsed)
            # The guard, which wants these names, guards no down part.
            if not self.context.is_down and (self.options.accepted or "accept-loss" in self.parsed.source.text):
                self.accepted = self._read_accepted()

    def _read_accepted(self) -> AcceptedLosses:
        from rowkeep.analysis.suppression.accepted_losses import read_section

        return read_section(
            self.parsed.source,
            self.parsed.span,
            python=self.context.migration.language is Language.PYTHON,
            options=self.options.accepted,
            schemas=self.options.schemas,
        )

    def check(
        self,
        operation: Operation,
        via: Via = (),
        span: Span | None = None,
        only: Category | None = None,
        later: Armed | None = None,
        source: Source | None = None,
    ) -> None:
        """Run the rules for this kind of operation.

        via: the calls that lead to it. span: where a finding is reported (default: at the violation). only: run the
        rules of this category alone. later: the operation does not happen now, but whenever the application writes;
        only rules that apply to stored code are run. source: the file of the finding (default: that of the statement,
        or of the section).
        """
        if not self.wanted:
            return
        checks = self.dispatch[type(operation)]
        if not checks:
            return
        exact, stored = self.context.known.is_exact, later is not None or operation.is_stored
        for rule, check, severity in checks:
            if (stored and not rule.stored) or (only is not None and only is not rule.category):
                continue
            if exact and rule.category in _NEEDS_OBJECT and does_nothing(operation, self.context):
                continue
            for violation in check(operation, self.context):
                if later is not None:
                    message = f"{later.when}: {violation.message}"
                    violation = replace(violation, message=message, hint=later.instead, edits=())
                elif stored:
                    violation = replace(violation, message=violation.message + _when(operation))
                weight = self._weigh(rule, severity, violation, operation)
                self._add(rule, weight, violation, via, span or violation.span, operation, source)

    def _weigh(self, rule: Rule, severity: Severity, violation: Violation, operation: Operation) -> Severity:
        """One step less for what may not be so, for stored code that runs later, and for a down part."""
        if violation.faint or (self.options.live and self._is_small(rule, operation)):
            return Severity.NOTE
        if violation.doubtful:
            locked = locks_of(operation)
            if rule.category is Category.LOCK and locked and self.context.is_made_here(locked[0][0]):
                return Severity.NOTE
            severity = severity.softer
        if operation.is_stored:
            severity = severity.softer
        if self.context.is_down and rule.category is not Category.TRANSACTION:
            severity = severity.softer
        return severity

    def _is_small(self, rule: Rule, operation: Operation) -> bool:
        return is_small(rule, operation, self.context, self.options.small_bytes)

    def _add(
        self,
        rule: Rule,
        severity: Severity,
        violation: Violation,
        via: Via,
        span: Span,
        operation: Operation | None = None,
        source: Source | None = None,
    ) -> None:
        context = self.context
        if source is None:
            source = context.statement.source if context.statement is not None else self.parsed.source
        suppressions = self.suppressions.get(source)
        allowed = suppressions.of((rule.name, rule.code.lower()), span.start) if suppressions is not None else None
        lost: tuple[str, ...] = ()
        if rule.category is Category.DATA and operation is not None and not context.is_down:
            from rowkeep.analysis.suppression.accepted_losses import name_lost_objects

            lost = name_lost_objects(rule.name, operation, self.options.schemas)
            if allowed is None and self.accepted is not None:
                allowed = self.accepted.find_consent(rule.name, operation)
        live = (
            find_impact(rule, operation, context) if operation is not None and self.options.live is not None else None
        )
        self.findings.append(
            Finding(
                rule.name,
                rule.code,
                rule.category,
                severity,
                context.migration.name,
                context.direction,
                source,
                span,
                cut_to_line(f"{violation.message}; {live.words}" if live is not None else violation.message),
                mark_unknown_names(violation.hint),
                via,
                violation.edits,
                allowed,
                context.statement.span if context.statement is not None else None,
                live=live,
                wants_index=violation.wants_index,
                lost=lost,
            )
        )

    def report(self, remarks: Iterable[Remark]) -> list[Finding]:
        """All findings in the order of the text: also of what no statement contains, and of the suppressions."""
        for notice, source in self._notices(remarks):
            self.check(notice, source=source)
            if all(rule.name != notice.kind for rule in rules.headers()):
                self._add_without_rule(notice, source)
        for source, suppressions in self.suppressions.items():
            if suppressions.comments:
                known = (word for rule in rules.headers() for word in (rule.name, rule.code.lower()))
                elsewhere = {
                    word for rule in rules.headers() if rule.witnessed for word in (rule.name, rule.code.lower())
                }
                for complaint in tuple(suppressions.complaints(known, elsewhere)):
                    self.check(complaint, source=source)
        if len(self.findings) < 2:
            return self.findings
        return sorted(dict.fromkeys(self.findings), key=_by_place)

    def _add_without_rule(self, notice: Notice, source: Source) -> None:
        """Report a remark that no rule reports yet."""
        options = self.options
        groups = (notice.kind, Category.TRANSACTION.value, "all")
        if any(word in groups for word in options.ignore):
            return
        if options.select and not any(word in groups for word in options.select):
            return
        severity = Severity.ERROR if notice.fatal else Severity.NOTE if notice.quiet else Severity.WARNING
        stand_in = Rule(notice.kind, code="-", category=Category.TRANSACTION, severity=severity)
        violation = Violation(notice.span, notice.message)
        self._add(stand_in, severity, violation, (), notice.span, source=source)

    def _notices(self, remarks: Iterable[Remark]) -> Iterator[tuple[Notice, Source]]:
        for problem in self.parsed.problems:
            # A syntax error is an operation of its statement already.
            if problem.kind is not ProblemKind.SYNTAX_ERROR:
                yield Notice(problem.span, (), problem.kind.value, problem.message), problem.source
        for remark in remarks:
            yield Notice(remark.span, (), remark.kind, remark.message, remark.fatal, remark.quiet), remark.source


def _by_place(finding: Finding) -> tuple[str, int, int]:
    return finding.source.path, finding.span.start, finding.span.end


def _when(operation: Operation) -> str:
    """When a stored operation runs; nothing where it runs now."""
    if not operation.is_stored:
        return ""
    frame = next(frame for frame in reversed(operation.inside) if frame.kind in STORED)
    match frame.kind:
        case FrameKind.FUNCTION:
            return f" (whenever {frame.text} is called)"
        case FrameKind.RULE:
            return " (whenever the rule applies)"
        case _:
            return f" (whenever {frame.text} is executed)"


def _find_suppressions(parsed: Parsed) -> dict[Source, Suppressions]:
    """The suppressions of the section, and of each file that it includes."""
    found: dict[Source, Suppressions] = {}
    own: dict[Source, list[Statement]] = {parsed.source: []}
    for statement in parsed.statements:
        own.setdefault(statement.source, []).append(statement)
    for source, statements in own.items():
        span = parsed.span if source is parsed.source else Span(0, len(source.text))
        found[source] = read_suppressions(source, span, statements)
    return found
