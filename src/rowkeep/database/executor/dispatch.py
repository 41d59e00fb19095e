"""Executes one instruction of the runner."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

import psycopg

from rowkeep.database.connection.pipeline import ConnectionLost
from rowkeep.database.connection.server_error import error_of_exception
from rowkeep.database.executor import non_transactional
from rowkeep.database.executor.reconnect import resolve_connection_loss
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.transaction import run_transaction
from rowkeep.database.guard.outside_comparison import inspect_losses
from rowkeep.database.store import ledger
from rowkeep.domain.event import MigrationStarted, Noted
from rowkeep.domain.frozen import replace
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    DropInvalidIndex,
    FinishRun,
    InspectIndex,
    InspectLosses,
    Instruction,
    InstructionResult,
    LockTimeout,
    RecordFailure,
    RecordStep,
    ResolveConnectionLoss,
    RunInTransaction,
    RunNodePgMigrate,
    RunOutsideTransaction,
    RunTransaction,
    ServerError,
    ServerRefused,
    StartRun,
    Succeeded,
    WriteMark,
)
from rowkeep.errors import Refused
from rowkeep.plan.survey import section_checksum
from rowkeep.report.locks import serialize_lock_timing


def dispatch(context: RunContext, instruction: Instruction) -> InstructionResult:
    """Execute an instruction and return its result. Never raises for what the server or the network does."""
    if context.interrupts.number is not None and isinstance(
        instruction, StartRun | RunTransaction | RunInTransaction | RunOutsideTransaction | RunNodePgMigrate
    ):
        return Cancelled(context.interrupts.number)
    if context.lost_run_lock and isinstance(
        instruction, RunTransaction | RunInTransaction | RunOutsideTransaction | RunNodePgMigrate
    ):
        return LockTimeout(
            ServerError("another run has taken the migration lock, which a migration of this run released"), 0, 1
        )
    if isinstance(instruction, RunOutsideTransaction | RunInTransaction):
        context.counts_unknown = True
    match instruction:
        case StartRun():
            return _start_run(context)
        case RunTransaction() if any(piece.function for step in instruction.steps for piece in step.pieces):
            # Only a migration in Python needs what calls it.
            from rowkeep.database.python.call import run_python_transaction

            return run_python_transaction(context, instruction)
        case RunTransaction():
            return run_transaction(context, instruction)
        case RunInTransaction():
            return non_transactional.run_in_transaction(context, instruction)
        case InspectLosses():
            return inspect_losses(context, instruction)
        case WriteMark():
            return non_transactional.write_mark(context, instruction)
        case RunOutsideTransaction() if instruction.step.pieces[instruction.index].function is not None:
            from rowkeep.database.python.call import call_outside_transaction

            return call_outside_transaction(context, instruction)
        case RunOutsideTransaction():
            return non_transactional.run_outside_transaction(context, instruction)
        case InspectIndex():
            return non_transactional.inspect_index(context, instruction)
        case DropInvalidIndex():
            return non_transactional.drop_invalid_index(context, instruction)
        case RecordStep():
            return non_transactional.record_step(context, instruction)
        case RunNodePgMigrate():
            # Only this needs to run a program.
            from rowkeep.database.executor import node_pg_migrate

            return node_pg_migrate.run_node_pg_migrate(context, instruction)
        case ResolveConnectionLoss():
            return resolve_connection_loss(context, instruction)
        case RecordFailure():
            return _record_failure(context, instruction)
        case FinishRun():
            return _finish_run(context, instruction)


def announce_step(context: RunContext, instruction: Instruction) -> None:
    """Report that a step outside a transaction, or of node-pg-migrate, begins: at its first instruction."""
    outside = WriteMark | RunOutsideTransaction | RunInTransaction | RecordStep | RunNodePgMigrate
    if isinstance(instruction, outside) and instruction.step.name != context.announced:
        step = instruction.step
        context.announced = step.name
        steps = context.plan.steps
        context.emit(MigrationStarted(step.name, step.direction.value, steps.index(step) + 1, len(steps)))


def _start_run(context: RunContext) -> InstructionResult:
    what = ""
    try:
        if context.policy.create_schemas:
            for schema in context.policy.schemas:
                what = f"the schema {schema} could not be created (create-schemas)"
                context.session.do("locks.create_schema", schema=(schema,))
        what = f"the tables of the run could not be created or written ({context.plan.history.key}, schema rowkeep)"
        prepare = context.commands_to_prepare()
        ledger.start_run(context.session, context.plan, context.run, context.run_metadata, prepare)
    except psycopg.Error as error:
        if context.session.connection.closed:
            return ConnectionLoss(str(error).strip(), certain=True)
        return ServerRefused(replace(error_of_exception(error), ours=what))
    return Succeeded()


def _record_failure(context: RunContext, instruction: RecordFailure) -> InstructionResult:
    step, error = instruction.step, instruction.fault
    checksum = section_checksum(step.text, step.migration.language)
    values = {
        "run": context.run,
        "history": context.plan.history.key,
        "migration": step.name,
        "direction": step.direction.value,
        "raw": checksum.raw,
        "token": checksum.token,
        "text": step.text,
        "sqlstate": error.sqlstate,
        "message": error.message,
    }
    _end_migration_settings(context)
    return _write_ledger(context, "ledger.record_failure", values)


def _finish_run(context: RunContext, instruction: FinishRun) -> InstructionResult:
    _end_migration_settings(context)
    locks: dict[str, list[dict[str, object]]] = {}
    for timing in context.locks.values():
        locks.setdefault(timing.migration, []).append(serialize_lock_timing(timing))
    details = json.dumps({"locks": locks} if locks else {})
    values = {"run": context.run, "outcome": instruction.outcome, "details": details}
    return _write_ledger(context, "ledger.finish_run", values)


def _end_migration_settings(context: RunContext) -> None:
    """No more statements of a migration follow: set our own settings again."""
    with suppress(ConnectionLost):
        context.end_migration_settings()


def _write_ledger(context: RunContext, query: str, values: Mapping[str, object]) -> InstructionResult:
    """Write to the ledger what has already happened. A failure is only reported: it changes nothing else."""
    if context.plan.ledger:
        try:
            context.session.do(query, values)
        except (psycopg.Error, Refused) as error:
            context.emit(Noted(f"the ledger could not be written: {str(error).strip()}", warning=True))
    return Succeeded()
