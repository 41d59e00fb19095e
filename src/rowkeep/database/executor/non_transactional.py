"""Statements that no transaction holds, the marks around them, and the invalid indexes they leave."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import psycopg

from rowkeep.database.connection.pipeline import GOOD, ConnectionLost, PipelineAnswer, PipelineCommand
from rowkeep.database.connection.server_error import error_of_exception, error_of_result
from rowkeep.database.executor import lock_precheck, transaction
from rowkeep.database.executor.run_context import BEGIN, COMMIT, ROLLBACK, RunContext
from rowkeep.database.queries import compose_query, load_query
from rowkeep.domain import instruction
from rowkeep.domain.event import Blocker, MigrationFinished, Noted, StatementFinished, StatementStarted
from rowkeep.domain.history import ledger
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    DropInvalidIndex,
    IndexInspection,
    IndexState,
    InspectIndex,
    InstructionResult,
    RecordStep,
    RunInTransaction,
    RunOutsideTransaction,
    ServerRefused,
    Succeeded,
)
from rowkeep.domain.plan import ResumeInfo, Step


def run_in_transaction(context: RunContext, told: RunInTransaction) -> InstructionResult:
    """One statement and its mark, in a transaction."""
    return transaction.run_single_statement(
        context, told.step, told.index, _mark(context, told.step, told.index, ledger.StatementMark.DONE, None)
    )


def write_mark(context: RunContext, told: instruction.WriteMark) -> InstructionResult:
    """Write a mark down, as ourselves whatever the statements before it have set."""
    written = _mark(context, told.step, told.index, told.mark, told.message)
    if not context.session.own.foreign and not context.session.shared_tables:
        return _execute(context, [written])
    reply = _execute(context, [BEGIN, *context.own_locally(), *context.guard(), written, COMMIT])
    if isinstance(reply, ServerRefused):
        with suppress(ConnectionLost):
            context.speak([ROLLBACK])
    return reply


def run_outside_transaction(context: RunContext, told: RunOutsideTransaction) -> InstructionResult:
    """One statement outside a transaction. It waits for locks as long as it takes: giving up would leave a ruin.

    Not so where others would queue behind it, and nothing is left of it (VACUUM FULL).
    """
    piece = told.step.pieces[told.index]
    if piece.function is not None:
        from rowkeep.database.python import call

        return call.call_outside_transaction(context, told)
    statement = piece.statement
    strong = {} if told.step.own_lock_timeout else lock_precheck.find_needed_locks([statement])
    limit = int(context.rules.hold_limit_s * 1000) if strong else 0
    try:
        context.settle_apart(context.rules.lock_timeout_ms if strong else 0, limit)
    except psycopg.Error as error:
        return ConnectionLoss(str(error).strip(), certain=True)
    if strong:
        return transaction.run_outside_transaction(context, told.step, told.index, strong)
    context.interrupts.at = f"{told.step.name} at {statement.place}"
    context.emit(StatementStarted(told.step.name, told.index, len(told.step.pieces), statement.place, statement.head))
    reply = _execute(context, [PipelineCommand(statement.text.encode())], told.index, statement.head)
    if isinstance(reply, Succeeded):
        context.emit(StatementFinished(told.step.name, told.index, reply.seconds))
    return reply


def inspect_index(context: RunContext, told: InspectIndex) -> InstructionResult:
    """How the index of a statement stands."""
    piece = told.piece
    assert piece.index is not None  # only such pieces are inspected
    schema, name = piece.index
    table = None
    if piece.aftermath is ResumeInfo.BUILDS_INDEX and piece.table is not None:
        schema, table = piece.table
    try:
        values = {"path": [schema] if schema else context.path(), "name": name, "table": table}
        rows = context.session.ask("locks.index_state", values)
    except psycopg.Error as error:
        return _connection_lost(context, error)
    if not rows:
        return IndexInspection(IndexState.ABSENT)
    found_schema, found, valid = rows[0][:3]
    builders = tuple(Blocker(*row[3:]) for row in rows if row[3] is not None)
    stand = IndexState.VALID if valid else IndexState.BUILDING if builders else IndexState.INVALID
    return IndexInspection(stand, found_schema, found, builders)


def drop_invalid_index(context: RunContext, told: DropInvalidIndex) -> InstructionResult:
    """Drop an invalid index."""
    context.emit(Noted(f"dropping the invalid index {told.schema}.{told.name}, which a failed build left"))
    try:
        # Not as a question of ours: no transaction may hold it, also while text of the migration is at work.
        context.session.connection.execute(compose_query("locks.drop_invalid_index", index=(told.schema, told.name)))
    except psycopg.Error as error:
        return _connection_lost(context, error)
    return Succeeded()


def record_step(context: RunContext, told: RecordStep) -> InstructionResult:
    """History and ledger of a step whose statements are done; its marks go in the same transaction."""
    step = told.step
    forget = PipelineCommand(
        load_query("ledger.delete_checkpoints"),
        (context.plan.history.key.encode(), step.name.encode(), step.direction.value.encode()),
    )
    commands = [BEGIN, *context.put_back(), *context.guard(), context.record(step, told.seconds), forget, COMMIT]
    try:
        heard = context.speak(commands)
        bad = next((item for item in heard if item.result and item.result.status not in GOOD), None)
        if bad is not None and bad.result is not None:
            context.speak([ROLLBACK])
            return ServerRefused(
                replace(error_of_result(bad.result), ours=f"the record of {step.name} could not be written")
            )
        context.recorded.append((step.name, step.direction.value))
        context.session.own.foreign = False
        context.holds(heard[len(context.put_back())])
        context.clear((step,))
    except ConnectionLost as lost:
        return ConnectionLoss(str(lost))
    context.emit(MigrationFinished(step.name, step.direction.value, told.seconds))
    return Succeeded()


def _mark(
    context: RunContext, step: Step, index: int, state: ledger.StatementMark, message: str | None
) -> PipelineCommand:
    return PipelineCommand(
        load_query("ledger.write_checkpoint"),
        (
            context.run.encode(),
            context.plan.history.key.encode(),
            step.name.encode(),
            step.direction.value.encode(),
            b"%d" % index,
            step.pieces[index].checksum.encode(),
            state.value.encode(),
            message.encode() if message is not None else None,
        ),
    )


def _execute(
    context: RunContext, commands: list[PipelineCommand], piece: int | None = None, what: str = ""
) -> InstructionResult:
    """Say one command outside a transaction."""

    def quiet(heard: PipelineAnswer) -> None:
        context.watch.listen(heard.quiet)
        blockers = context.watch.blockers()
        if blockers:
            context.watch.emit(f"a lock that `{what}` needs", heard.quiet, blockers)
        else:
            context.watch.progress()

    began = time.perf_counter()
    try:
        for heard in context.speak(commands, quiet if piece is not None else None):
            if heard.result is not None and heard.result.status not in GOOD:
                said = error_of_result(heard.result, piece)
                if said.sqlstate in transaction.ENDED_BY_SERVER:
                    return ConnectionLoss(said.message)
                if context.interrupts.number is not None and said.sqlstate == "57014":
                    return Cancelled(context.interrupts.number)
                return ServerRefused(said)
    except ConnectionLost as lost:
        return ConnectionLoss(str(lost))
    return Succeeded(time.perf_counter() - began)


def _connection_lost(context: RunContext, error: psycopg.Error) -> InstructionResult:
    if context.session.connection.closed:
        return ConnectionLoss(str(error).strip(), certain=True)
    return ServerRefused(error_of_exception(error))
