"""Walks through one section: operation by operation, into the functions that it calls, and the triggers it fires."""

from __future__ import annotations

from typing import Protocol

from rowkeep.analysis.arguments import known_arguments, substitute_arguments
from rowkeep.analysis.findings import SectionFindings, Via
from rowkeep.analysis.schema.rollbacks import RollbackTracker
from rowkeep.analysis.schema.track_schema import track_operation
from rowkeep.analysis.schema.triggered_code import Armed, find_armed_functions, find_fired_functions
from rowkeep.analysis.witness.contradictions import correct_assumption
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category
from rowkeep.domain.operation import (
    UNKNOWN,
    CallFunction,
    ChangeDefault,
    CreateFunction,
    CreateTrigger,
    ExecutePrepared,
    Frame,
    FrameKind,
    Operation,
    Prepare,
    SectionEnd,
    Transaction,
    Unjudged,
)
from rowkeep.domain.schema.schema_state import KnownFunction
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement, TransactionUse

DEEPEST_CALL = 8
"""Nested calls that are followed; what a deeper one does is reported as not analyzed."""
MOST_ACTS = 10_000
"""Operations of called functions that are followed for one statement. Ten calls in each of eight functions: 10^8."""

Seen = tuple[tuple[str, tuple[str | None, ...]], ...]
"""The calls that lead to an operation: each function with its constant arguments."""


class TransactionCounter(Protocol):
    """Who counts the transactions of all sections."""

    transaction: int


@dataclass(slots=True)
class SectionWalker:
    """Walks through one section. alone: it runs outside a transaction. found: collects the findings."""

    count: TransactionCounter
    context: Context
    parsed: Parsed
    alone: bool
    found: SectionFindings
    loops: tuple[Span, ...] = ()
    """The loops around the previous operation."""
    begun: bool = False
    """A BEGIN of the text's own stands open."""
    undo: RollbackTracker | None = None
    """What ROLLBACK goes back to, where the section has one."""
    followed: int = 0
    """Operations of called functions that were followed for the present statement."""

    def run(self) -> None:
        """Walk. The schema state of the context then includes what the section changes."""
        context, statements = self.context, self.parsed.statements
        context.operations = tuple(operation for statement in statements for operation in statement.operations)
        context.controls = tuple(
            place
            for place, operation in enumerate(context.operations)
            if isinstance(operation, Transaction) and not operation.is_stored
        )
        context.alone = self.alone or any(each.transaction is TransactionUse.OUTSIDE for each in statements)
        self.count.transaction += 1
        context.position = -1
        if any(
            isinstance(operation, Transaction) and operation.action.startswith("ROLLBACK")
            for operation in context.operations
        ):
            self.undo = RollbackTracker(context.known)
        for statement in statements:
            context.statement = statement
            self.followed = 0
            if context.alone and not self.begun:
                self.count.transaction += 1
                self._drop_on_commit()
            for operation in statement.operations:
                context.position += 1
                context.transaction = self.count.transaction
                self._act(operation, statement)
            self._forget_unknown()
        context.statement = None
        context.position = len(context.operations)
        end = self.parsed.span.end
        self.found.check(SectionEnd(Span(end, end), ()))
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
        # So have the locks of its transactions.
        known.held.clear()
        known.unnamed.clear()

    def _forget_unknown(self) -> None:
        """Forget tables named by a variable: after its statement or its loop the variable may name another table."""
        known = self.context.known
        for key in [key for key in known.temporary if key[1].startswith(UNKNOWN)]:
            known.tables.pop(key, None)
            known.temporary.discard(key)

    def _act(self, operation: Operation, statement: Statement) -> None:
        loops = tuple(frame.span for frame in operation.inside if frame.kind is FrameKind.LOOP)
        if loops[: len(self.loops)] != self.loops:
            self._forget_unknown()
        self.loops = loops
        if not operation.is_stored:
            correct_assumption(operation, self.context)
        self.found.check(operation)
        if isinstance(operation, Transaction) and not operation.is_stored:
            self._track_transaction(operation)
        if isinstance(operation, CreateFunction | Prepare):
            self._store_body(operation, statement)
        track_operation(operation, self.context)
        if isinstance(operation, CreateTrigger | ChangeDefault) and not operation.is_stored:
            self._run_armed_functions(operation)
        if isinstance(operation, CallFunction | ExecutePrepared) and not operation.is_stored:
            self._call(operation, (), ())
        if not operation.is_stored:
            self._fire(operation, (), ())

    def _track_transaction(self, operation: Transaction) -> None:
        """A transaction begins or ends here, or goes back to one of its savepoints."""
        if operation.action in ("BEGIN", "COMMIT", "ROLLBACK"):
            self.count.transaction += 1
            self.begun = operation.action == "BEGIN"
        if self.undo is not None and not operation.is_within(FrameKind.BRANCH, FrameKind.LOOP, FrameKind.HANDLER):
            self.undo.follow(operation)
        if operation.action == "COMMIT":
            self._drop_on_commit()

    def _drop_on_commit(self) -> None:
        """Tables that go with their transaction are gone."""
        known = self.context.known
        for key in known.until_commit:
            known.tables.pop(key, None)
            known.temporary.discard(key)
        known.until_commit.clear()

    def _store_body(self, operation: CreateFunction | Prepare, statement: Statement) -> None:
        """Keep what the body does, for the calls to come."""
        depth = len(operation.inside)
        kind = FrameKind.PREPARED if isinstance(operation, Prepare) else FrameKind.FUNCTION
        body = tuple(
            each
            for each in statement.operations
            if len(each.inside) > depth
            and each.inside[depth].kind is kind
            and each.inside[depth].span == operation.span
        )
        if isinstance(operation, Prepare):
            self.context.known.prepared[operation.name.name] = KnownFunction(operation.name, statement.source, body)
            return
        key = self.context.key(operation.function)
        other = self.context.known.functions.get(key)
        if other is not None and other.types != operation.types and other.source is statement.source:
            # One of several of the name: a call may mean any of them.
            body = (*other.operations, *body)
        self.context.known.functions[key] = KnownFunction(
            operation.function,
            statement.source,
            body,
            operation.language,
            operation.reads_body,
            operation.security_definer,
            operation.volatility,
            operation.types,
            operation.returns,
            operation.parameters,
            None if operation.inside else statement.span,
        )

    def _call(self, operation: CallFunction | ExecutePrepared, via: Via, seen: Seen) -> None:
        """A call of something that the project has defined: its body runs now."""
        if isinstance(operation, CallFunction):
            function = self.context.function(operation.call.name)
        else:
            function = self.context.known.prepared.get(operation.name.name)
        if function is not None and self._is_followed(operation, function, via, seen):
            words = f"{'in' if isinstance(operation, CallFunction) else 'prepared as'} {function.name}"
            self._run(operation, function, words, via, seen)

    def _fire(self, operation: Operation, via: Via, seen: Seen) -> None:
        """What the database runs by itself now: triggers, defaults."""
        for words, function in find_fired_functions(operation, self.context):
            if self._is_followed(operation, function, via, seen):
                self._run(operation, function, words, via, seen)

    def _is_followed(self, operation: Operation, function: KnownFunction, via: Via, seen: Seen) -> bool:
        """Whether the body is read on from here. A recursion is not, and a limit that is reached is reported."""
        if _step(operation, function) in seen:
            return False
        if len(seen) < DEEPEST_CALL:
            return True
        why = f"calls are nested more than {DEEPEST_CALL} deep"
        self.found.check(Unjudged(operation.span, operation.inside, f"what {function.name} does", why), via)
        return False

    def _run_armed_functions(self, operation: CreateTrigger | ChangeDefault) -> None:
        """A trigger or default of a table in use: the application's writes run its function from now on."""
        if self.context.is_new(operation.table):
            return
        later = find_armed_functions(operation, self.context)
        for function in later.functions:
            self._prepare(operation, function, later, ())

    def _prepare(self, operation: Operation, function: KnownFunction, later: Armed, seen: Seen) -> None:
        """Judge what the function will do; nothing of it happens now."""
        deeper = (*seen, _step(operation, function))
        for written in function.operations:
            frame = Frame(FrameKind.CALL, operation.span, str(function.name))
            via = ((later.words, function.source.place(written.span.start)),)
            ran = replace(written, inside=(*operation.inside, frame, *written.inside))
            self.found.check(ran, via, operation.span, only=Category.DATA, later=later)
            called = self.context.function(ran.call.name) if isinstance(ran, CallFunction) else None
            if called is None or _step(ran, called) in deeper:
                continue
            if len(deeper) < DEEPEST_CALL and self.followed < MOST_ACTS:
                self.followed += len(called.operations) + 1
                self._prepare(replace(ran, span=operation.span), called, later, deeper)
            else:
                deep = Unjudged(
                    operation.span, operation.inside, f"what {called.name} does", "it is nested in too many calls"
                )
                self.found.check(deep, via, operation.span, later=later)

    def _run(self, operation: Operation, function: KnownFunction, words: str, via: Via, seen: Seen) -> None:
        names = known_arguments(operation, function)
        deeper = (*seen, _step(operation, function))
        for written in _body(operation, function):
            if self.followed == MOST_ACTS:
                self.followed += 1
                why = f"its calls run more than {MOST_ACTS:,} operations"
                self.found.check(Unjudged(operation.span, operation.inside, "what the statement does", why), via)
            if self.followed > MOST_ACTS:
                return
            self.followed += 1
            inner = substitute_arguments(written, names)
            frame = Frame(FrameKind.CALL, operation.span, str(function.name))
            there = function.source.place(inner.span.start)
            ran = replace(inner, inside=(*operation.inside, frame, *inner.inside))
            self.found.check(ran, via or ((words, there),), operation.span)
            track_operation(ran, self.context)
            if isinstance(ran, CallFunction | ExecutePrepared):
                self._call(replace(ran, span=operation.span), via or ((words, there),), deeper)
            self._fire(replace(ran, span=operation.span), via or ((words, there),), deeper)


def _step(operation: Operation, function: KnownFunction) -> tuple[str, tuple[str | None, ...]]:
    """A call as `Seen` has it: other constants make another call of it, which may do something else."""
    return str(function.name), operation.call.arguments if isinstance(operation, CallFunction) else ()


def _body(operation: Operation, function: KnownFunction) -> tuple[Operation, ...]:
    """What the function does if `operation` calls it: with the known arguments, where we have the text of its body."""
    if function.made is None or not isinstance(operation, CallFunction):
        return function.operations
    from rowkeep.parse.function_calls import operations_of_call

    # A text that is put together of arguments is another one for each call.
    return operations_of_call(function.source, function.made, operation.call.arguments) or function.operations
