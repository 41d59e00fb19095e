"""After a lost connection: a new one, and the truth about what the old one did."""

from __future__ import annotations

import time

import psycopg

from rowkeep.database import lock
from rowkeep.database.hand import Hand
from rowkeep.database.manners import set_up
from rowkeep.domain.event import Noted
from rowkeep.domain.migration import Direction
from rowkeep.domain.order import Reply, Resolve, Resolved
from rowkeep.domain.plan import Step
from rowkeep.errors import Refused, Unreachable

RECONNECT_S = 20.0
LEAST_S = 2.0
OLD_SESSION_S = 30.0
PAUSE_S = 0.25


def resolve(hand: Hand, told: Resolve) -> Reply:
    """Whether the steps are recorded. The run lock tells when the old session is gone: it dies with it."""
    hand.tell(Noted("the connection was lost; looking what the server made of it", warning=True))
    try:
        _reconnect(hand)
        if not _alone(hand):
            return Resolved(None, "the old session still works; it holds the migration lock")
        return Resolved(_recorded(hand, told.steps), gone=_gone(hand))
    except (Refused, Unreachable, psycopg.Error) as error:
        return Resolved(None, getattr(error, "why", None) or str(error).strip())


def _reconnect(hand: Hand) -> None:
    until = time.monotonic() + min(RECONNECT_S, max(hand.session.silence_s, LEAST_S))
    while True:
        try:
            hand.session.reopen()
            set_up(hand.session, hand.rules)
            return
        except (Unreachable, psycopg.Error):
            if time.monotonic() >= until or hand.interrupts.number is not None:
                raise
            time.sleep(PAUSE_S)


def _alone(hand: Hand) -> bool:
    key, began = hand.rules.run_lock_key, time.monotonic()
    while not lock.taken(hand.session, key):
        waited = time.monotonic() - began
        if waited >= OLD_SESSION_S or hand.interrupts.number is not None:
            return False
        blockers = tuple(one.blocker for one in lock.holders(hand.session, key))
        hand.watch.tell("the old session to end", waited, blockers)
        time.sleep(PAUSE_S)
    return True


def _gone(hand: Hand) -> tuple[str, ...]:
    """What this run was told to be committed, and is not there."""
    if not hand.plan.ledger or not hand.recorded:
        return ()
    found = _found(hand)
    return tuple(name for name, direction in hand.recorded if (name, direction) not in found)


def _found(hand: Hand) -> set[tuple[str, str]]:
    """What the ledger holds of this run; nothing where a server without this ledger answers now."""
    try:
        return {(name, direction) for name, direction in hand.session.ask("recorded", {"run": hand.run})}
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return set()


def _recorded(hand: Hand, steps: tuple[Step, ...]) -> bool | None:
    if hand.plan.ledger:
        found = _found(hand)
        return all((step.name, step.direction.value) in found for step in steps)
    directions = {step.direction for step in steps}
    if len(directions) > 1:
        return None
    history = (hand.plan.history.schema, hand.plan.history.table)
    names = {row[1] for row in hand.session.ask("history_rows", history=history)}
    return all((step.name in names) is (step.direction is Direction.UP) for step in steps)
