"""The way through one section: act after act, and into what it calls, fires and sets up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

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
    Prepare,
    SectionEnds,
    Transaction,
    Unjudged,
)
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Promise
from rowkeep.domain.known import KnownFunction
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement, TransactionUse
from rowkeep.judge.arguments import put_in, told
from rowkeep.judge.contradicted import correct
from rowkeep.judge.fired import Armed, armed, fired
from rowkeep.judge.found import Found, Via
from rowkeep.judge.remember import remember
from rowkeep.judge.undo import Undo
from rowkeep.parse import called_body

DEEPEST_CALL = 8
"""Calls within calls that are followed; what a deeper one does is reported as not judged."""
MOST_ACTS = 10_000
"""Acts of called functions that are followed for one statement. Ten calls in each of eight functions are 10^8."""

Seen = tuple[tuple[str, tuple[str | None, ...]], ...]
"""The calls that lead to an act: the function and the constants that it is given."""


class Count(Protocol):
    """Who counts the transactions of all sections."""

    transaction: int


@dataclass(slots=True)
class Walk:
    """The way through one section. alone: no transaction holds it. found: sees every act on the way."""

    count: Count
    context: Context
    parsed: Parsed
    alone: bool
    found: Found
    loops: tuple[Span, ...] = ()
    """The loops around the act before."""
    begun: bool = False
    """A BEGIN of the text's own stands open."""
    undo: Undo | None = None
    """What ROLLBACK goes back to, where the section has one."""
    followed: int = 0
    """Acts of called functions that were followed for the present statement."""

    def run(self) -> None:
        """Go it. The context's memory grows by what the section tells."""
        context, statements = self.context, self.parsed.statements
        context.acts = tuple(act for statement in statements for act in statement.acts)
        context.controls = tuple(
            place for place, act in enumerate(context.acts) if isinstance(act, Transaction) and not act.is_stored
        )
        context.alone = self.alone or any(each.transaction is TransactionUse.OUTSIDE for each in statements)
        self.count.transaction += 1
        context.position = -1
        if any(isinstance(act, Transaction) and act.action.startswith("ROLLBACK") for act in context.acts):
            self.undo = Undo(context.known)
        for statement in statements:
            context.statement = statement
            self.followed = 0
            if context.alone and not self.begun:
                self.count.transaction += 1
                self._committed()
            for act in statement.acts:
                context.position += 1
                context.transaction = self.count.transaction
                self._act(act, statement)
            self._forget_unknown()
        context.statement = None
        context.position = len(context.acts)
        end = self.parsed.span.end
        self.found.check(SectionEnds(Span(end, end), ()))
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
        self.found.check(act)
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
            self.count.transaction += 1
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

    def _call(self, act: CallFunction | ExecutePrepared, via: Via, seen: Seen) -> None:
        """A call of something that the project has defined: its body runs now."""
        if isinstance(act, CallFunction):
            function = self.context.function(act.call.name)
        else:
            function = self.context.known.prepared.get(act.name.name)
        if function is not None and self._is_followed(act, function, via, seen):
            words = f"{'in' if isinstance(act, CallFunction) else 'prepared as'} {function.name}"
            self._run(act, function, words, via, seen)

    def _fire(self, act: Act, via: Via, seen: Seen) -> None:
        """What the database runs by itself now: triggers, defaults."""
        for words, function in fired(act, self.context):
            if self._is_followed(act, function, via, seen):
                self._run(act, function, words, via, seen)

    def _is_followed(self, act: Act, function: KnownFunction, via: Via, seen: Seen) -> bool:
        """Whether the body is read on from here. A recursion is not, and a limit that is reached is reported."""
        if _step(act, function) in seen:
            return False
        if len(seen) < DEEPEST_CALL:
            return True
        why = f"calls are nested more than {DEEPEST_CALL} deep"
        self.found.check(Unjudged(act.span, act.inside, f"what {function.name} does", why), via)
        return False

    def _armed(self, act: CreateTrigger | ChangeDefault) -> None:
        """A trigger or default of a table in use: the application's writes run its function from now on."""
        if self.context.is_new(act.table):
            return
        later = armed(act, self.context)
        for function in later.functions:
            self._prepare(act, function, later, ())

    def _prepare(self, act: Act, function: KnownFunction, later: Armed, seen: Seen) -> None:
        """Judge what the function will do; nothing of it happens now."""
        deeper = (*seen, _step(act, function))
        for written in function.acts:
            frame = Frame(FrameKind.CALL, act.span, str(function.name))
            via = ((later.words, function.source.place(written.span.start)),)
            ran = replace(written, inside=(*act.inside, frame, *written.inside))
            self.found.check(ran, via, act.span, only=Promise.DATA, later=later)
            called = self.context.function(ran.call.name) if isinstance(ran, CallFunction) else None
            if called is None or _step(ran, called) in deeper:
                continue
            if len(deeper) < DEEPEST_CALL and self.followed < MOST_ACTS:
                self.followed += len(called.acts) + 1
                self._prepare(replace(ran, span=act.span), called, later, deeper)
            else:
                deep = Unjudged(act.span, act.inside, f"what {called.name} does", "it lies behind too many calls")
                self.found.check(deep, via, act.span, later=later)

    def _run(self, act: Act, function: KnownFunction, words: str, via: Via, seen: Seen) -> None:
        names = told(act, function)
        deeper = (*seen, _step(act, function))
        for written in _body(act, function):
            if self.followed == MOST_ACTS:
                self.followed += 1
                why = f"its calls run more than {MOST_ACTS:,} operations"
                self.found.check(Unjudged(act.span, act.inside, "what the statement does", why), via)
            if self.followed > MOST_ACTS:
                return
            self.followed += 1
            inner = put_in(written, names)
            frame = Frame(FrameKind.CALL, act.span, str(function.name))
            there = function.source.place(inner.span.start)
            ran = replace(inner, inside=(*act.inside, frame, *inner.inside))
            self.found.check(ran, via or ((words, there),), act.span)
            remember(ran, self.context)
            if isinstance(ran, CallFunction | ExecutePrepared):
                self._call(replace(ran, span=act.span), via or ((words, there),), deeper)
            self._fire(replace(ran, span=act.span), via or ((words, there),), deeper)


def _step(act: Act, function: KnownFunction) -> tuple[str, tuple[str | None, ...]]:
    """A call as `Seen` has it: other constants make another call of it, which may do something else."""
    return str(function.name), act.call.arguments if isinstance(act, CallFunction) else ()


def _body(act: Act, function: KnownFunction) -> tuple[Act, ...]:
    """What the function does, called by `act`: with the arguments that are known, where its body is a text of ours."""
    if function.made is None or not isinstance(act, CallFunction):
        return function.acts
    # A text that is put together of arguments is another one for each call.
    return called_body(function.source, function.made, act.call.arguments) or function.acts
