"""The moments of a run at which it can be struck: before and after every order, and at every event in between."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from rowkeep.database import lock
from rowkeep.database.carry_out import carry_out
from rowkeep.database.hand import Hand
from rowkeep.database.manners import manners, set_up
from rowkeep.database.obey import obey
from rowkeep.database.session import Session, connect
from rowkeep.domain.event import Event
from rowkeep.domain.order import Order, Reply
from rowkeep.domain.plan import Request
from rowkeep.errors import Failed, HalfDone, RowkeepError
from rowkeep.plan.plan import make
from rowkeep.walk.change import surveyed

if TYPE_CHECKING:
    from tests.runner.conftest import Project

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
    rules, moment = manners(project.settings), -1

    def pass_moment(session: Session) -> None:
        nonlocal moment
        moment += 1
        if at is None or moment == at:
            strike(session)

    def obeying(hand: Hand, order: Order) -> Reply:
        pass_moment(hand.session)
        reply = obey(hand, order)
        pass_moment(hand.session)
        return reply

    with connect(project.conninfo) as session:

        def tell(_: Event) -> None:
            pass_moment(session)

        set_up(session, rules)
        with lock.held(session, key=rules.run_lock_key):
            plan = make(surveyed(session, project.settings), Request())
            carry_out(session, plan, tell, rules=rules, obeying=obeying)


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
