"""One order, obeyed: the place where a decision becomes a change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import psycopg

from rowkeep.database.connection.pipeline import ConnectionLost
from rowkeep.database.connection.server_error import error_of_exception
from rowkeep.database.executor import non_transactional
from rowkeep.database.executor.reconnect import resolve_connection_loss
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.transaction import run_transaction
from rowkeep.database.store import ledger
from rowkeep.domain.event import MigrationStarted, Noted
from rowkeep.domain.instruction import (
    Cancelled,
    ConnectionLoss,
    DropInvalidIndex,
    FinishRun,
    InspectIndex,
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
from rowkeep.plan.survey import section_checksum as checksum_of
from rowkeep.report.locks import serialize_lock_timing


def dispatch(context: RunContext, order: Instruction) -> InstructionResult:
    """Do what `order` says and tell how it went. Never raises for what the server or the network does."""
    if context.interrupts.number is not None and isinstance(
        order, StartRun | RunTransaction | RunInTransaction | RunOutsideTransaction | RunNodePgMigrate
    ):
        return Cancelled(context.interrupts.number)
    if context.unlocked and isinstance(
        order, RunTransaction | RunInTransaction | RunOutsideTransaction | RunNodePgMigrate
    ):
        return LockTimeout(
            ServerError("another run has taken the migration lock, which a migration of this run released"), 0, 1
        )
    match order:
        case StartRun():
            return _start_run(context)
        case RunTransaction():
            return run_transaction(context, order)
        case RunInTransaction():
            return non_transactional.run_in_transaction(context, order)
        case WriteMark():
            return non_transactional.write_mark(context, order)
        case RunOutsideTransaction():
            return non_transactional.run_outside_transaction(context, order)
        case InspectIndex():
            return non_transactional.inspect_index(context, order)
        case DropInvalidIndex():
            return non_transactional.drop_invalid_index(context, order)
        case RecordStep():
            return non_transactional.record_step(context, order)
        case RunNodePgMigrate():
            # Only this needs to run a program.
            from rowkeep.database.executor import node_pg_migrate

            return node_pg_migrate.run_node_pg_migrate(context, order)
        case ResolveConnectionLoss():
            return resolve_connection_loss(context, order)
        case RecordFailure():
            return _record_failure(context, order)
        case FinishRun():
            return _finish_run(context, order)


def announce_step(context: RunContext, order: Instruction) -> None:
    """Tell that an ALONE or HANDED step begins, at the first order that concerns it."""
    step = (
        order.step
        if isinstance(order, WriteMark | RunOutsideTransaction | RunInTransaction | RecordStep | RunNodePgMigrate)
        else None
    )
    if step is not None and step.name != context.told:
        context.told = step.name
        steps = context.plan.steps
        context.emit(MigrationStarted(step.name, step.direction.value, steps.index(step) + 1, len(steps)))


def _start_run(context: RunContext) -> InstructionResult:
    what = f"the tables of the run could not be made or written ({context.plan.history.key} and the schema rowkeep)"
    try:
        if context.rules.create_schemas:
            for schema in context.rules.schemas:
                what, opening = f"the schema {schema} could not be made (create-schemas)", what
                context.session.do("locks.create_schema", schema=(schema,))
                what = opening
        with context.session.connection.transaction():
            ledger.start_run(context.session, context.plan, context.run, context.run_metadata)
    except psycopg.Error as error:
        if context.session.connection.closed:
            return ConnectionLoss(str(error).strip(), certain=True)
        return ServerRefused(replace(error_of_exception(error), ours=what))
    return Succeeded()


def _record_failure(context: RunContext, order: RecordFailure) -> InstructionResult:
    step, fault = order.step, order.fault
    checksum = checksum_of(step.text, step.migration.language)
    values = {
        "run": context.run,
        "history": context.plan.history.key,
        "migration": step.name,
        "direction": step.direction.value,
        "raw": checksum.raw,
        "token": checksum.token,
        "text": step.text,
        "sqlstate": fault.sqlstate,
        "message": fault.message,
    }
    _end_text(context)
    return _write_resolution(context, "ledger.record_failure", values)


def _finish_run(context: RunContext, order: FinishRun) -> InstructionResult:
    _end_text(context)
    felt: dict[str, list[dict[str, object]]] = {}
    for held in context.locks.values():
        felt.setdefault(held.migration, []).append(serialize_lock_timing(held))
    details = {"locks": felt} if felt else {}
    return _write_resolution(
        context, "ledger.finish_run", {"run": context.run, "outcome": order.outcome, "details": json.dumps(details)}
    )


def _end_text(context: RunContext) -> None:
    """No more text of a migration comes: our own settings hold again."""
    with suppress(ConnectionLost):
        context.ended()


def _write_resolution(context: RunContext, question: str, values: Mapping[str, object]) -> InstructionResult:
    """Write into the ledger what is true already. That it cannot be written changes nothing for the database."""
    if context.plan.ledger:
        try:
            context.session.do(question, values)
        except (psycopg.Error, Refused) as error:
            context.emit(Noted(f"the ledger could not be written: {str(error).strip()}", warning=True))
    return Succeeded()
