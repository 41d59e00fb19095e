"""What the rules find in one section: every fault weighed, with its place, its allowance, and what is at stake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from rowkeep import rules
from rowkeep.analysis.impact import does_nothing, find_impact, is_small
from rowkeep.analysis.one_line import cut_to_line
from rowkeep.analysis.options import Dispatch, LintOptions
from rowkeep.analysis.schema.triggered_code import Armed
from rowkeep.analysis.suppression.suppressions import Suppressions, read_suppressions
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Finding, Severity, Violation
from rowkeep.domain.lint.hint import mark_unknown_names
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.migration import Remark
from rowkeep.domain.operation import STORED, FrameKind, Notice, Operation
from rowkeep.domain.source import Place, Source, Span
from rowkeep.domain.statement import Parsed, ProblemKind, Statement
from rowkeep.knowledge.locks import locks_of

Via = tuple[tuple[str, Place], ...]
_MOOT = (Category.DATA, Category.LOCK, Category.COMPATIBILITY, Category.REPEAT)
"""What cannot be broken where nothing is there."""


@dataclass(slots=True)
class SectionFindings:
    """The findings of one section so far. wanted: it is judged, and not only read for what it tells."""

    options: LintOptions
    dispatch: Dispatch
    context: Context
    parsed: Parsed
    wanted: bool
    findings: list[Finding] = field(default_factory=list)
    allowed: dict[Source, Suppressions] = field(default_factory=dict)
    """By file: the migration's own, and each that it includes."""

    def __post_init__(self) -> None:
        if self.wanted:
            self.allowed = _allowances(self.parsed)

    def check(
        self,
        operation: Operation,
        via: Via = (),
        span: Span | None = None,
        only: Category | None = None,
        later: Armed | None = None,
    ) -> None:
        """Show an act to the rules that see its kind.

        via: the calls that lead to it. span: where it is reported (default: where the fault lies). only: the promise
        of the rules that are asked. later: the act does not happen now, but whenever the application writes; only
        rules are asked that judge stored code.
        """
        if not self.wanted:
            return
        exact, stored = self.context.known.is_exact, operation.is_stored
        for rule, check, severity in self.dispatch.get(type(operation), ()):
            if ((stored or later is not None) and not rule.stored) or only not in (None, rule.category):
                continue
            if exact and rule.category in _MOOT and does_nothing(operation, self.context):
                continue
            for fault in check(operation, self.context):
                if later is not None:
                    fault = replace(fault, message=f"{later.when}: {fault.message}", hint=later.instead, edits=())
                else:
                    fault = replace(fault, message=fault.message + _when(operation))
                self._add(
                    rule, self._weigh(rule, severity, fault, operation), fault, via, span or fault.span, operation
                )

    def _weigh(self, rule: Rule, severity: Severity, fault: Violation, operation: Operation) -> Severity:
        """One step less for what may not be so, for what is only written down, and for what a down part undoes."""
        if fault.faint or (self.options.live and self._is_small(rule, operation)):
            return Severity.NOTE
        if fault.doubtful:
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
        fault: Violation,
        via: Via,
        span: Span,
        operation: Operation | None = None,
    ) -> None:
        context = self.context
        source = context.statement.source if context.statement is not None else self.parsed.source
        allowed = self.allowed.get(source)
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
                cut_to_line(f"{fault.message}; {live.words}" if live is not None else fault.message),
                mark_unknown_names(fault.hint),
                via,
                fault.edits,
                allowed.of((rule.name, rule.code.lower()), span.start) if allowed is not None else None,
                context.statement.span if context.statement is not None else None,
                live=live,
                wants_index=fault.wants_index,
            )
        )

    def report(self, remarks: Iterable[Remark]) -> list[Finding]:
        """What was noticed beside the statements, too; everything in the order of the text."""
        whole = self.parsed
        for noticed, source in self._notices(remarks):
            self.parsed = replace(whole, source=source)
            self.check(noticed)
            if all(rule.name != noticed.kind for rule in rules.every()):
                self._nameless(noticed)
        for source, allowed in self.allowed.items():
            if allowed.comments:
                self.parsed = replace(whole, source=source)
                known = (word for rule in rules.every() for word in (rule.name, rule.code.lower()))
                elsewhere = {
                    word for rule in rules.every() if rule.witnessed for word in (rule.name, rule.code.lower())
                }
                for complaint in tuple(allowed.complaints(known, elsewhere)):
                    self.check(complaint)
        self.parsed = whole
        return sorted(dict.fromkeys(self.findings), key=lambda finding: (finding.source.path, finding.span))

    def _nameless(self, noticed: Notice) -> None:
        """A remark that no rule reports yet is not lost."""
        options = self.options
        groups = (noticed.kind, Category.TRANSACTION.value, "all")
        if any(word in groups for word in options.ignore):
            return
        if options.select and not any(word in groups for word in options.select):
            return
        severity = Severity.ERROR if noticed.fatal else Severity.NOTE if noticed.quiet else Severity.WARNING
        stand_in = Rule(noticed.kind, code="-", category=Category.TRANSACTION, severity=severity)
        self._add(stand_in, severity, Violation(noticed.span, noticed.message), (), noticed.span)

    def _notices(self, remarks: Iterable[Remark]) -> Iterator[tuple[Notice, Source]]:
        for problem in self.parsed.problems:
            # A syntax error is an act of its statement already.
            if problem.kind is not ProblemKind.SYNTAX_ERROR:
                yield Notice(problem.span, (), problem.kind.value, problem.message), problem.source
        for remark in remarks:
            yield Notice(remark.span, (), remark.kind, remark.message, remark.fatal, remark.quiet), remark.source


def _when(operation: Operation) -> str:
    """When that happens which is only written down now; nothing where it happens now."""
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


def _allowances(parsed: Parsed) -> dict[Source, Suppressions]:
    """The comments of the section, and of every file that it includes."""
    found: dict[Source, Suppressions] = {}
    own: dict[Source, list[Statement]] = {parsed.source: []}
    for statement in parsed.statements:
        own.setdefault(statement.source, []).append(statement)
    for source, statements in own.items():
        span = parsed.span if source is parsed.source else Span(0, len(source.text))
        found[source] = read_suppressions(source, span, statements)
    return found
