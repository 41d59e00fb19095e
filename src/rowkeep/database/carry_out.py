"""A plan, carried out: `carry` decides, `obey` does, until there is nothing more to do or something says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg.errors import Diagnostic

from rowkeep.carry import carry
from rowkeep.database import ahead, lock
from rowkeep.database.hand import Hand
from rowkeep.database.interrupts import heeded
from rowkeep.database.manners import Manners
from rowkeep.database.obey import begin, obey
from rowkeep.database.session import Session
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.order import Carried, Order, Reply
from rowkeep.domain.plan import Plan

if TYPE_CHECKING:
    from rowkeep.programs.old_tool import OldTool

Obey = Callable[[Hand, Order], Reply]


def carry_out(
    session: Session,
    plan: Plan,
    tell: Tell,
    *,
    rules: Manners | None = None,
    circumstances: Circumstances | None = None,
    obeying: Obey = obey,
    old_tool: OldTool | None = None,
) -> Carried:
    """Carry `plan` out on `session`, which `manners.set_up` has prepared, under the run lock.

    obeying: how an order is obeyed; a test puts itself in between. old_tool: for steps that are
    handed over. Raises Failed, HalfDone, Busy, Interrupted, Unreachable, each with the state of the database.
    """
    rules = rules or Manners()
    circumstances = circumstances or Circumstances(plan.errand.value)

    def notice(diagnostic: Diagnostic) -> None:
        grave = diagnostic.severity_nonlocalized == "WARNING"
        tell(Noted(f"PostgreSQL: {diagnostic.message_primary}", warning=grave))

    def interrupted(words: str) -> None:
        tell(Noted(words, warning=True))

    with lock.held(session, key=rules.run_lock_key, wait_s=rules.wait_s, tell=tell), heeded(interrupted) as interrupts:
        hand = Hand(session, plan, rules, circumstances, interrupts, tell, old_tool)
        try:
            ahead.warn_of_standbys(hand)
            ahead.warn_of_settings(hand)
            ahead.warn_of_hidden_rows(hand)
            ahead.warn_of_collations(hand)
            session.listen = hand.watch.listen
            with session.heard(notice):
                return _driven(hand, obeying)
        finally:
            session.listen = None
            hand.watch.close()


def _driven(hand: Hand, obeying: Obey) -> Carried:
    orders = carry(hand.plan)
    order = next(orders)
    while True:
        begin(hand, order)
        reply = obeying(hand, order)
        try:
            order = orders.send(reply)
        except StopIteration as end:
            carried: Carried = end.value
            return replace(carried, locks=tuple(hand.locks.values()))
