"""The moments of a run at which it can be struck: before and after every order, and at every event in between."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from rowkeep.database.connection import run_lock
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.connection.session_policy import apply_session_policy, session_policy
from rowkeep.database.executor.dispatch import dispatch
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.domain.event import Event
from rowkeep.domain.instruction import Instruction, InstructionResult
from rowkeep.domain.plan import Request
from rowkeep.errors import Failed, HalfDone, RowkeepError
from rowkeep.plan.plan import make_plan
from rowkeep.workflows.migrate import read_survey

if TYPE_CHECKING:
    from tests.support.project import Project

Strike = Callable[[Session], None]


def moments(project: Project) -> int:
    """How many moments an undisturbed run of the project has."""
    seen = 0

    def count(_: Session) -> None:
        nonlocal seen
        seen += 1

    try:
        struck(project, None, count)
    except (Failed, HalfDone):
        return seen
    raise AssertionError("the story has a migration that fails")


def struck(project: Project, at: int | None, strike: Strike) -> None:
    """Run `up`, and strike at moment `at` (at every one: None)."""
    rules, moment = session_policy(project.settings), -1

    def pass_moment(session: Session) -> None:
        nonlocal moment
        moment += 1
        if at is None or moment == at:
            strike(session)

    def dispatching(context: RunContext, order: Instruction) -> InstructionResult:
        pass_moment(context.session)
        reply = dispatch(context, order)
        pass_moment(context.session)
        return reply

    with connect(project.conninfo) as session:

        def emit(_: Event) -> None:
            pass_moment(session)

        apply_session_policy(session, rules)
        with run_lock.hold_run_lock(session, key=rules.run_lock_key):
            plan = make_plan(read_survey(session, project.settings), Request())
            execute_plan(session, plan, emit, policy=rules, dispatching=dispatching)


def in_a_child(project: Project, at: int, strike: Strike) -> int:
    """As `struck`, in a process of its own; its exit code, as a negative signal."""
    child = os.fork()
    if child == 0:
        try:
            struck(project, at, strike)
        except RowkeepError:
            os._exit(1)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
