"""Migrations to a verdict: every act is shown to the rules that see its kind, then remembered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rowkeep import rules
from rowkeep.domain.act import (
    UNKNOWN,
    Act,
    CallFunction,
    ChangeDefault,
    CreateFunction,
    CreateTrigger,
    ExecutePrepared,
    Frame,
    FrameKind,
    Noticed,
    Prepare,
    SectionEnds,
    Transaction,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Finding, Promise, Severity, Verdict
from rowkeep.domain.known import Known, KnownFunction
from rowkeep.domain.migration import Direction, Language, Migration, Remark, Section
from rowkeep.domain.rule import Rule
from rowkeep.domain.source import Place, Source, Span
from rowkeep.domain.statement import Parsed, ProblemKind, Statement, TransactionUse
from rowkeep.judge.allow import Allowances, allowances
from rowkeep.judge.arguments import put_in, told
from rowkeep.judge.contradicted import correct
from rowkeep.judge.fired import armed, fired
from rowkeep.judge.live import memory
from rowkeep.judge.options import Dispatch, Options, dispatch
from rowkeep.judge.remember import remember
from rowkeep.judge.stakes import does_nothing, is_small, stake
from rowkeep.judge.undo import Undo
from rowkeep.knowledge.locks import locks
from rowkeep.parse import called_body, parse

Via = tuple[tuple[str, Place], ...]
DEEPEST_CALL = 8
_MOOT = (Promise.DATA, Promise.LOCK, Promise.COMPATIBILITY, Promise.REPEAT)
"""What cannot be broken where nothing is there."""


def judge(migrations: Sequence[Migration], options: Options | None = None, remarks: Sequence[Remark] = ()) -> Verdict:
    """All findings in `migrations`, which stand in the order in which they run.

    remarks: those of the directory itself. Raises Misused for a rule or severity that does not exist.
    """
    return Judge(options or Options()).verdict(migrations, remarks)


@dataclass(slots=True)
class Judge:
    """The rules that judge, what they found so far, and the number of the transaction."""

    options: Options
    findings: list[Finding] = field(default_factory=list)
    dispatch: Dispatch = field(init=False)
    transaction: int = 0

    def __post_init__(self) -> None:
        self.dispatch = dispatch(self.options, rules.every())

    def verdict(self, migrations: Sequence[Migration], remarks: Sequence[Remark]) -> Verdict:
        known, live = Known(), self._live()
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
        return Verdict(tuple(self.findings), judged)

    def migration(self, migration: Migration, number: int, known: Known, *, wanted: bool) -> None:
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

    def _live(self) -> Known | None:
        """What the server has told, before the first migration that it does not have."""
        if self.options.live is None:
            return None
        return memory(self.options.live, lambda context, section: self._section(context, section, False))

    def _section(self, context: Context, section: Section, wanted: bool) -> None:
        parsed = parse(section, context.migration.includes)
        walk = _Walk(self, context, parsed, wanted, section.transaction is False)
        walk.run()
        if wanted:
            walk.report(context.migration.remarks if context.direction is Direction.UP else ())

    def _remarks(self, migration: Migration, context: Context) -> None:
        empty = Parsed(migration.source, Span(0, 0), (), ())
        _Walk(self, context, empty, True, False).report(migration.remarks)


def _body(act: Act, function: KnownFunction) -> tuple[Act, ...]:
    """What the function does, called by `act`: with the arguments that are known, where its body is a text of ours."""
    if function.made is None or not isinstance(act, CallFunction):
        return function.acts
    # A text that is put together of arguments is another one for each call.
    return called_body(function.source, function.made, act.call.arguments) or function.acts


@dataclass(slots=True)
class _Walk:
    """The way through one section."""

    judge: Judge
    context: Context
    parsed: Parsed
    wanted: bool
    alone: bool
    loops: tuple[Span, ...] = ()
    """The loops around the act before."""
    begun: bool = False
    """A BEGIN of the text's own stands open."""
    undo: Undo | None = None
    """What ROLLBACK goes back to, where the section has one."""
    found: list[Finding] = field(default_factory=list)
    allowed: dict[Source, Allowances] = field(default_factory=dict)
    """By file: the migration's own, and each that it includes."""

    def run(self) -> None:
        context, statements = self.context, self.parsed.statements
        context.acts = tuple(act for statement in statements for act in statement.acts)
        context.alone = self.alone or any(each.transaction is TransactionUse.OUTSIDE for each in statements)
        if self.wanted:
            self.allowed = _allowances(self.parsed)
        self.judge.transaction += 1
        context.position = -1
        if any(isinstance(act, Transaction) and act.action.startswith("ROLLBACK") for act in context.acts):
            self.undo = Undo(context.known)
        for statement in statements:
            context.statement = statement
            if context.alone and not self.begun:
                self.judge.transaction += 1
                self._committed()
            for act in statement.acts:
                context.position += 1
                context.transaction = self.judge.transaction
                self._act(act, statement)
            self._forget_unknown()
        context.statement = None
        context.position = len(context.acts)
        end = self.parsed.span.end
        self._check(SectionEnds(Span(end, end), ()))
        self._forget_local()

    def _forget_local(self) -> None:
        """A migration's connection is its own: nothing that SET has changed lives on."""
        known = self.context.known
        known.settings.clear()
        known.search_path = known.home
        known.prepared.clear()
        for key in known.temporary:
            known.tables.pop(key, None)
        known.temporary.clear()
        known.until_commit.clear()

    def _forget_unknown(self) -> None:
        """Tables whose name only a variable knows: behind its statement or its loop the variable may mean another."""
        known = self.context.known
        for key in [key for key in known.temporary if key[1].startswith(UNKNOWN)]:
            known.tables.pop(key, None)
            known.temporary.discard(key)

    def _act(self, act: Act, statement: Statement) -> None:
        loops = tuple(frame.span for frame in act.inside if frame.kind is FrameKind.LOOP)
        if loops[: len(self.loops)] != self.loops:
            self._forget_unknown()
        self.loops = loops
        if not act.is_stored:
            correct(act, self.context)
        self._check(act)
        if isinstance(act, Transaction) and not act.is_stored:
            self._controlled(act)
        if isinstance(act, CreateFunction | Prepare):
            self._defined(act, statement)
        remember(act, self.context)
        if isinstance(act, CreateTrigger | ChangeDefault) and not act.is_stored:
            self._armed(act)
        if isinstance(act, CallFunction | ExecutePrepared) and not act.is_stored:
            self._call(act, (), ())
        if not act.is_stored:
            self._fire(act, (), ())

    def _controlled(self, act: Transaction) -> None:
        """A transaction begins or ends here, or goes back to one of its savepoints."""
        if act.action in ("BEGIN", "COMMIT", "ROLLBACK"):
            self.judge.transaction += 1
            self.begun = act.action == "BEGIN"
        if self.undo is not None and not act.is_within(FrameKind.BRANCH, FrameKind.LOOP, FrameKind.HANDLER):
            self.undo.follow(act)
        if act.action == "COMMIT":
            self._committed()

    def _committed(self) -> None:
        """Tables that go with their transaction are gone."""
        known = self.context.known
        for key in known.until_commit:
            known.tables.pop(key, None)
            known.temporary.discard(key)
        known.until_commit.clear()

    def _defined(self, act: CreateFunction | Prepare, statement: Statement) -> None:
        """Keep what the body does, for the calls to come."""
        depth = len(act.inside)
        kind = FrameKind.PREPARED if isinstance(act, Prepare) else FrameKind.FUNCTION
        body = tuple(
            each
            for each in statement.acts
            if len(each.inside) > depth and each.inside[depth].kind is kind and each.inside[depth].span == act.span
        )
        if isinstance(act, Prepare):
            self.context.known.prepared[act.name.name] = KnownFunction(act.name, statement.source, body)
            return
        key = self.context.key(act.function)
        other = self.context.known.functions.get(key)
        if other is not None and other.types != act.types and other.source is statement.source:
            # One of several of the name: a call may mean any of them.
            body = (*other.acts, *body)
        self.context.known.functions[key] = KnownFunction(
            act.function,
            statement.source,
            body,
            act.language,
            act.reads_body,
            act.security_definer,
            act.volatility,
            act.types,
            act.returns,
            act.parameters,
            None if act.inside else statement.span,
        )

    def _call(self, act: CallFunction | ExecutePrepared, via: Via, seen: tuple[str, ...]) -> None:
        """A call of something that the project has defined: its body runs now."""
        if isinstance(act, CallFunction):
            function = self.context.function(act.call.name)
        else:
            function = self.context.known.prepared.get(act.name.name)
        if function is None or str(function.name) in seen or len(seen) >= DEEPEST_CALL:
            return
        words = f"{'in' if isinstance(act, CallFunction) else 'prepared as'} {function.name}"
        self._run(act, function, words, via, seen)

    def _fire(self, act: Act, via: Via, seen: tuple[str, ...]) -> None:
        """What the database runs by itself now: triggers, defaults."""
        for words, function in fired(act, self.context):
            if str(function.name) not in seen and len(seen) < DEEPEST_CALL:
                self._run(act, function, words, via, seen)

    def _armed(self, act: CreateTrigger | ChangeDefault) -> None:
        """A trigger or default of a table in use: the application's writes run its function from now on."""
        if self.context.is_new(act.table):
            return
        words, functions = armed(act, self.context)
        for function in functions:
            frame = Frame(FrameKind.CALL, act.span, str(function.name))
            for written in function.acts:
                there = function.source.place(written.span.start)
                ran = replace(written, inside=(*act.inside, frame, *written.inside))
                self._check(ran, ((words, there),), act.span, only=Promise.DATA)

    def _run(self, act: Act, function: KnownFunction, words: str, via: Via, seen: tuple[str, ...]) -> None:
        names = told(act, function)
        for written in _body(act, function):
            inner = put_in(written, names)
            frame = Frame(FrameKind.CALL, act.span, str(function.name))
            there = function.source.place(inner.span.start)
            ran = replace(inner, inside=(*act.inside, frame, *inner.inside))
            self._check(ran, via or ((words, there),), act.span)
            remember(ran, self.context)
            if isinstance(ran, CallFunction | ExecutePrepared):
                self._call(replace(ran, span=act.span), via or ((words, there),), (*seen, str(function.name)))
            self._fire(replace(ran, span=act.span), via or ((words, there),), (*seen, str(function.name)))

    def _check(self, act: Act, via: Via = (), span: Span | None = None, only: Promise | None = None) -> None:
        if not self.wanted:
            return
        exact, stored = self.context.known.is_exact, act.is_stored
        for rule, check, severity in self.judge.dispatch.get(type(act), ()):
            if (stored and not rule.stored) or only not in (None, rule.promise):
                continue
            if exact and rule.promise in _MOOT and does_nothing(act, self.context):
                continue
            for fault in check(act, self.context):
                self._found(rule, self._weighed(rule, severity, fault, act), fault, via, span or fault.span, act)

    def _weighed(self, rule: Rule, severity: Severity, fault: Fault, act: Act) -> Severity:
        """One step less for what may not be so, for what is only written down, and for what a down part undoes."""
        if fault.faint or (self.judge.options.live and self._is_small(rule, act)):
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
        return is_small(rule, act, self.context, self.judge.options.small_bytes)

    def _found(
        self, rule: Rule, severity: Severity, fault: Fault, via: Via, span: Span, act: Act | None = None
    ) -> None:
        context = self.context
        source = context.statement.source if context.statement is not None else self.parsed.source
        allowed = self.allowed.get(source)
        live = stake(rule, act, context) if act is not None and self.judge.options.live is not None else None
        self.found.append(
            Finding(
                rule.name,
                rule.code,
                rule.promise,
                severity,
                context.migration.name,
                context.direction,
                source,
                span,
                f"{fault.message}; {live.words}" if live is not None else fault.message,
                fault.repair,
                via,
                fault.edits,
                allowed.of((rule.name, rule.code.lower()), span.start) if allowed is not None else None,
                context.statement.span if context.statement is not None else None,
                live=live,
            )
        )

    def report(self, remarks: Iterable[Remark]) -> None:
        """What was noticed beside the statements, and then everything in the order of the text."""
        whole = self.parsed
        for noticed, source in self._noticed(remarks):
            self.parsed = replace(whole, source=source)
            self._check(noticed)
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
                    self._check(complaint)
        self.parsed = whole
        unique = dict.fromkeys(self.found)
        self.judge.findings.extend(sorted(unique, key=lambda finding: (finding.source.path, finding.span)))

    def _nameless(self, noticed: Noticed) -> None:
        """A remark that no rule reports yet is not lost."""
        options = self.judge.options
        groups = (noticed.kind, Promise.TRANSACTION.value, "all")
        if any(word in groups for word in options.ignore):
            return
        if options.select and not any(word in groups for word in options.select):
            return
        severity = Severity.ERROR if noticed.fatal else Severity.WARNING
        stand_in = Rule(noticed.kind, code="-", promise=Promise.TRANSACTION, severity=severity)
        self._found(stand_in, severity, Fault(noticed.span, noticed.message), (), noticed.span)

    def _noticed(self, remarks: Iterable[Remark]) -> Iterator[tuple[Noticed, Source]]:
        for problem in self.parsed.problems:
            # A syntax error is an act of its statement already.
            if problem.kind is not ProblemKind.SYNTAX_ERROR:
                yield Noticed(problem.span, (), problem.kind.value, problem.message), problem.source
        for remark in remarks:
            yield Noticed(remark.span, (), remark.kind, remark.message, remark.fatal), remark.source


def _allowances(parsed: Parsed) -> dict[Source, Allowances]:
    """The comments of the section, and of every file that it includes."""
    found: dict[Source, Allowances] = {}
    for source in dict.fromkeys((parsed.source, *(statement.source for statement in parsed.statements))):
        own = [statement for statement in parsed.statements if statement.source is source]
        span = parsed.span if source is parsed.source else Span(0, len(source.text))
        found[source] = allowances(source, span, own)
    return found
