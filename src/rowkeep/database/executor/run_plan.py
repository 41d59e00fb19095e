"""Executes a plan: the runner gives one instruction after another, and receives the result of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from psycopg.errors import Diagnostic

from rowkeep.database.connection.session import Session
from rowkeep.database.connection.session_policy import SessionPolicy
from rowkeep.database.connection.signals import handle_signals
from rowkeep.database.executor.dispatch import announce_step, dispatch
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.run_warnings import warn_before_run
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import replace
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.instruction import Instruction, InstructionResult
from rowkeep.domain.plan import Plan, RunResult
from rowkeep.runner import run_plan

if TYPE_CHECKING:
    from rowkeep.programs.node_pg_migrate import NodePgMigrate

Dispatch = Callable[[RunContext, Instruction], InstructionResult]


def execute_plan(
    session: Session,
    plan: Plan,
    emit: Emit,
    *,
    policy: SessionPolicy | None = None,
    run_metadata: RunMetadata | None = None,
    dispatching: Dispatch = dispatch,
    old_tool: NodePgMigrate | None = None,
) -> RunResult:
    """Run `plan` on `session`, which follows the session policy and holds the run lock.

    dispatching: how an instruction is executed; a test puts itself in between. old_tool: runs the steps that are
    node-pg-migrate's. Raises Failed, HalfDone, Busy, Interrupted, Unreachable, each with the state of the database.
    """
    policy = policy or SessionPolicy()
    run_metadata = run_metadata or RunMetadata(plan.action.value)

    def report_notice(diagnostic: Diagnostic) -> None:
        warning = diagnostic.severity_nonlocalized == "WARNING"
        emit(Noted(f"PostgreSQL: {diagnostic.message_primary}", warning=warning))

    def report_interrupt(text: str) -> None:
        emit(Noted(text, warning=True))

    with handle_signals(report_interrupt) as interrupts:
        context = RunContext(session, plan, policy, run_metadata, interrupts, emit, old_tool)
        try:
            warn_before_run(context)
            session.on_silence = context.watch.check_server
            with session.notices_sent_to(report_notice):
                return _drive(context, dispatching)
        finally:
            session.on_silence = None
            context.watch.close()


def _drive(context: RunContext, dispatching: Dispatch) -> RunResult:
    runner = run_plan(context.plan)
    instruction = next(runner)
    while True:
        announce_step(context, instruction)
        result = dispatching(context, instruction)
        try:
            instruction = runner.send(result)
        except StopIteration as end:
            run_result: RunResult = end.value
            return replace(run_result, locks=tuple(context.locks.values()), losses=context.guard_losses)
