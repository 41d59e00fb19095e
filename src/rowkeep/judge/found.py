"""What the rules find in one section: every fault weighed, with its place, its allowance, and what is at stake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from rowkeep import rules
from rowkeep.domain.act import STORED, Act, FrameKind, Noticed
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Finding, Promise, Severity
from rowkeep.domain.migration import Remark
from rowkeep.domain.rule import Rule
from rowkeep.domain.source import Place, Source, Span
from rowkeep.domain.statement import Parsed, ProblemKind, Statement
from rowkeep.judge.allow import Allowances, allowances
from rowkeep.judge.fired import Armed
from rowkeep.judge.one_line import one_line
from rowkeep.judge.options import Dispatch, Options
from rowkeep.judge.stakes import does_nothing, is_small, stake
from rowkeep.knowledge.locks import locks
from rowkeep.knowledge.safe_form import safe_form

Via = tuple[tuple[str, Place], ...]
_MOOT = (Promise.DATA, Promise.LOCK, Promise.COMPATIBILITY, Promise.REPEAT)
"""What cannot be broken where nothing is there."""


@dataclass(slots=True)
class Found:
    """The findings of one section so far. wanted: it is judged, and not only read for what it tells."""

    options: Options
    dispatch: Dispatch
    context: Context
    parsed: Parsed
    wanted: bool
    findings: list[Finding] = field(default_factory=list)
    allowed: dict[Source, Allowances] = field(default_factory=dict)
    """By file: the migration's own, and each that it includes."""

    def __post_init__(self) -> None:
        if self.wanted:
            self.allowed = _allowances(self.parsed)

    def check(
        self,
        act: Act,
        via: Via = (),
        span: Span | None = None,
        only: Promise | None = None,
        later: Armed | None = None,
    ) -> None:
        """Show an act to the rules that see its kind.

        via: the calls that lead to it. span: where it is reported (default: where the fault lies). only: the promise
        of the rules that are asked. later: the act does not happen now, but whenever the application writes; only
        rules are asked that judge stored code.
        """
        if not self.wanted:
            return
        exact, stored = self.context.known.is_exact, act.is_stored
        for rule, check, severity in self.dispatch.get(type(act), ()):
            if ((stored or later is not None) and not rule.stored) or only not in (None, rule.promise):
                continue
            if exact and rule.promise in _MOOT and does_nothing(act, self.context):
                continue
            for fault in check(act, self.context):
                if later is not None:
                    fault = replace(fault, message=f"{later.when}: {fault.message}", repair=later.instead, edits=())
                else:
                    fault = replace(fault, message=fault.message + _when(act))
                self._found(rule, self._weighed(rule, severity, fault, act), fault, via, span or fault.span, act)

    def _weighed(self, rule: Rule, severity: Severity, fault: Fault, act: Act) -> Severity:
        """One step less for what may not be so, for what is only written down, and for what a down part undoes."""
        if fault.faint or (self.options.live and self._is_small(rule, act)):
            return Severity.NOTE
        if fault.doubtful:
            locked = locks(act)
            if rule.promise is Promise.LOCK and locked and self.context.is_made_here(locked[0][0]):
                return Severity.NOTE
            severity = severity.softer
        if act.is_stored:
            severity = severity.softer
        if self.context.is_down and rule.promise is not Promise.TRANSACTION:
            severity = severity.softer
        return severity

    def _is_small(self, rule: Rule, act: Act) -> bool:
        return is_small(rule, act, self.context, self.options.small_bytes)

    def _found(
        self, rule: Rule, severity: Severity, fault: Fault, via: Via, span: Span, act: Act | None = None
    ) -> None:
        context = self.context
        source = context.statement.source if context.statement is not None else self.parsed.source
        allowed = self.allowed.get(source)
        live = stake(rule, act, context) if act is not None and self.options.live is not None else None
        self.findings.append(
            Finding(
                rule.name,
                rule.code,
                rule.promise,
                severity,
                context.migration.name,
                context.direction,
                source,
                span,
                one_line(f"{fault.message}; {live.words}" if live is not None else fault.message),
                safe_form(fault.repair),
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
        for noticed, source in self._noticed(remarks):
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

    def _nameless(self, noticed: Noticed) -> None:
        """A remark that no rule reports yet is not lost."""
        options = self.options
        groups = (noticed.kind, Promise.TRANSACTION.value, "all")
        if any(word in groups for word in options.ignore):
            return
        if options.select and not any(word in groups for word in options.select):
            return
        severity = Severity.ERROR if noticed.fatal else Severity.NOTE if noticed.quiet else Severity.WARNING
        stand_in = Rule(noticed.kind, code="-", promise=Promise.TRANSACTION, severity=severity)
        self._found(stand_in, severity, Fault(noticed.span, noticed.message), (), noticed.span)

    def _noticed(self, remarks: Iterable[Remark]) -> Iterator[tuple[Noticed, Source]]:
        for problem in self.parsed.problems:
            # A syntax error is an act of its statement already.
            if problem.kind is not ProblemKind.SYNTAX_ERROR:
                yield Noticed(problem.span, (), problem.kind.value, problem.message), problem.source
        for remark in remarks:
            yield Noticed(remark.span, (), remark.kind, remark.message, remark.fatal, remark.quiet), remark.source


def _when(act: Act) -> str:
    """When that happens which is only written down now; nothing where it happens now."""
    if not act.is_stored:
        return ""
    frame = next(frame for frame in reversed(act.inside) if frame.kind in STORED)
    match frame.kind:
        case FrameKind.FUNCTION:
            return f" (whenever {frame.text} is called)"
        case FrameKind.RULE:
            return " (whenever the rule applies)"
        case _:
            return f" (whenever {frame.text} is executed)"


def _allowances(parsed: Parsed) -> dict[Source, Allowances]:
    """The comments of the section, and of every file that it includes."""
    found: dict[Source, Allowances] = {}
    own: dict[Source, list[Statement]] = {parsed.source: []}
    for statement in parsed.statements:
        own.setdefault(statement.source, []).append(statement)
    for source, statements in own.items():
        span = parsed.span if source is parsed.source else Span(0, len(source.text))
        found[source] = allowances(source, span, statements)
    return found
