"""One order, obeyed: the place where a decision becomes a change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import psycopg

from rowkeep.database import apart, ledger
from rowkeep.database.fault import fault_of
from rowkeep.database.hand import Hand
from rowkeep.database.pipeline import ConnectionLost
from rowkeep.database.resolve import resolve
from rowkeep.database.together import together
from rowkeep.domain.event import MigrationBegan, Noted
from rowkeep.domain.order import (
    Alone,
    Close,
    Denied,
    Fault,
    Halted,
    HandOver,
    Inspect,
    Lost,
    Mark,
    Obeyed,
    Open,
    Order,
    Record,
    Regret,
    Reply,
    Resolve,
    Single,
    Spent,
    Sweep,
    Together,
)
from rowkeep.errors import Refused
from rowkeep.plan.survey import checksum as checksum_of
from rowkeep.report.locks import held_data


def obey(hand: Hand, order: Order) -> Reply:
    """Do what `order` says and tell how it went. Never raises for what the server or the network does."""
    if hand.interrupts.number is not None and isinstance(order, Open | Together | Single | Alone | HandOver):
        return Halted(hand.interrupts.number)
    if hand.unlocked and isinstance(order, Together | Single | Alone | HandOver):
        return Spent(Fault("another run has taken the migration lock, which a migration of this run released"), 0, 1)
    match order:
        case Open():
            return _opened(hand)
        case Together():
            return together(hand, order)
        case Single():
            return apart.single(hand, order)
        case Mark():
            return apart.mark(hand, order)
        case Alone():
            return apart.alone(hand, order)
        case Inspect():
            return apart.inspect(hand, order)
        case Sweep():
            return apart.sweep(hand, order)
        case Record():
            return apart.record(hand, order)
        case HandOver():
            # Only this needs to run a program.
            from rowkeep.database import handed

            return handed.hand_over(hand, order)
        case Resolve():
            return resolve(hand, order)
        case Regret():
            return _regretted(hand, order)
        case Close():
            return _closed(hand, order)


def begin(hand: Hand, order: Order) -> None:
    """Tell that an ALONE or HANDED step begins, at the first order that concerns it."""
    step = order.step if isinstance(order, Mark | Alone | Single | Record | HandOver) else None
    if step is not None and step.name != hand.told:
        hand.told = step.name
        steps = hand.plan.steps
        hand.tell(MigrationBegan(step.name, step.direction.value, steps.index(step) + 1, len(steps)))


def _opened(hand: Hand) -> Reply:
    what = f"the tables of the run could not be made or written ({hand.plan.history.key} and the schema rowkeep)"
    try:
        if hand.rules.create_schemas:
            for schema in hand.rules.schemas:
                what, opening = f"the schema {schema} could not be made (create-schemas)", what
                hand.session.do("schema_create", schema=(schema,))
                what = opening
        with hand.session.connection.transaction():
            ledger.open_run(hand.session, hand.plan, hand.run, hand.circumstances)
    except psycopg.Error as error:
        if hand.session.connection.closed:
            return Lost(str(error).strip(), certain=True)
        return Denied(replace(fault_of(error), ours=what))
    return Obeyed()


def _regretted(hand: Hand, order: Regret) -> Reply:
    step, fault = order.step, order.fault
    checksum = checksum_of(step.text, step.migration.language)
    values = {
        "run": hand.run,
        "history": hand.plan.history.key,
        "migration": step.name,
        "direction": step.direction.value,
        "raw": checksum.raw,
        "token": checksum.token,
        "text": step.text,
        "sqlstate": fault.sqlstate,
        "message": fault.message,
    }
    _end_text(hand)
    return _noted_down(hand, "regret", values)


def _closed(hand: Hand, order: Close) -> Reply:
    _end_text(hand)
    felt: dict[str, list[dict[str, object]]] = {}
    for held in hand.locks.values():
        felt.setdefault(held.migration, []).append(held_data(held))
    details = {"locks": felt} if felt else {}
    return _noted_down(hand, "run_ended", {"run": hand.run, "outcome": order.outcome, "details": json.dumps(details)})


def _end_text(hand: Hand) -> None:
    """No more text of a migration comes: our own settings hold again."""
    with suppress(ConnectionLost):
        hand.ended()


def _noted_down(hand: Hand, question: str, values: Mapping[str, object]) -> Reply:
    """Write into the ledger what is true already. That it cannot be written changes nothing for the database."""
    if hand.plan.ledger:
        try:
            hand.session.do(question, values)
        except (psycopg.Error, Refused) as error:
            hand.tell(Noted(f"the ledger could not be written: {str(error).strip()}", warning=True))
    return Obeyed()
