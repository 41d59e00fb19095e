"""A plan, carried out: `carry` decides, `obey` does, until there is nothing more to do or something says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg.errors import Diagnostic

from rowkeep.database.connection.session import Session
from rowkeep.database.connection.session_policy import SessionPolicy
from rowkeep.database.connection.signals import handle_signals
from rowkeep.database.executor import lock_precheck
from rowkeep.database.executor.dispatch import announce_step, dispatch
from rowkeep.database.executor.run_context import RunContext
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.instruction import Instruction, InstructionResult
from rowkeep.domain.plan import Plan, RunResult
from rowkeep.runner import run_plan

if TYPE_CHECKING:
    from rowkeep.programs.node_pg_migrate import NodePgMigrate

Obey = Callable[[RunContext, Instruction], InstructionResult]


def execute_plan(
    session: Session,
    plan: Plan,
    emit: Emit,
    *,
    rules: SessionPolicy | None = None,
    run_metadata: RunMetadata | None = None,
    obeying: Obey = dispatch,
    old_tool: NodePgMigrate | None = None,
) -> RunResult:
    """Run `plan` on `session`, which follows the session policy and holds the run lock.

    obeying: how an instruction is executed; a test puts itself in between. old_tool: runs the steps that are
    node-pg-migrate's. Raises Failed, HalfDone, Busy, Interrupted, Unreachable, each with the state of the database.
    """
    rules = rules or SessionPolicy()
    run_metadata = run_metadata or RunMetadata(plan.action.value)

    def notice(diagnostic: Diagnostic) -> None:
        grave = diagnostic.severity_nonlocalized == "WARNING"
        emit(Noted(f"PostgreSQL: {diagnostic.message_primary}", warning=grave))

    def interrupted(words: str) -> None:
        emit(Noted(words, warning=True))

    with handle_signals(interrupted) as interrupts:
        context = RunContext(session, plan, rules, run_metadata, interrupts, emit, old_tool)
        try:
            lock_precheck.warn_about_standbys(context)
            lock_precheck.warn_of_settings(context)
            lock_precheck.warn_of_hidden_rows(context)
            lock_precheck.warn_of_collations(context)
            session.listen = context.watch.listen
            with session.heard(notice):
                return _drive(context, obeying)
        finally:
            session.listen = None
            context.watch.close()


def _drive(context: RunContext, obeying: Obey) -> RunResult:
    orders = run_plan(context.plan)
    order = next(orders)
    while True:
        announce_step(context, order)
        reply = obeying(context, order)
        try:
            order = orders.send(reply)
        except StopIteration as end:
            carried: RunResult = end.value
            return replace(carried, locks=tuple(context.locks.values()))
