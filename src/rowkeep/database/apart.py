"""Statements that no transaction holds, the marks around them, and the invalid indexes they leave."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import psycopg

from rowkeep.database import ahead, together
from rowkeep.database.fault import fault, fault_of
from rowkeep.database.hand import BEGIN, COMMIT, ROLLBACK, Hand
from rowkeep.database.pipeline import GOOD, Command, ConnectionLost, Heard
from rowkeep.database.session import composed, question
from rowkeep.domain import ledger, order
from rowkeep.domain.event import Blocker, MigrationEnded, Noted, StatementBegan, StatementEnded
from rowkeep.domain.order import (
    Alone,
    Denied,
    Halted,
    IndexStand,
    Inspect,
    Lost,
    Obeyed,
    Record,
    Reply,
    Seen,
    Single,
    Sweep,
)
from rowkeep.domain.plan import Aftermath, Step


def single(hand: Hand, told: Single) -> Reply:
    """One statement and its mark, in a transaction."""
    return together.single(hand, told.step, told.index, _mark(hand, told.step, told.index, ledger.Mark.DONE, None))


def mark(hand: Hand, told: order.Mark) -> Reply:
    """Write a mark down, as ourselves whatever the statements before it have set."""
    written = _mark(hand, told.step, told.index, told.mark, told.message)
    if not hand.session.own.foreign and not hand.session.shared_tables:
        return _said(hand, [written])
    reply = _said(hand, [BEGIN, *hand.own_locally(), *hand.guard(), written, COMMIT])
    if isinstance(reply, Denied):
        with suppress(ConnectionLost):
            hand.speak([ROLLBACK])
    return reply


def alone(hand: Hand, told: Alone) -> Reply:
    """One statement outside a transaction. It waits for locks as long as it takes: giving up would leave a ruin.

    Not so where others would queue behind it, and nothing is left of it (VACUUM FULL).
    """
    piece = told.step.pieces[told.index]
    if piece.function is not None:
        from rowkeep.database import called

        return called.outside(hand, told)
    statement = piece.statement
    strong = {} if told.step.own_lock_timeout else ahead.wanted([statement])
    limit = int(hand.rules.hold_limit_s * 1000) if strong else 0
    try:
        hand.settle_apart(hand.rules.lock_timeout_ms if strong else 0, limit)
    except psycopg.Error as error:
        return Lost(str(error).strip(), certain=True)
    if strong:
        return together.outside(hand, told.step, told.index, strong)
    hand.interrupts.at = f"{told.step.name} at {statement.place}"
    hand.tell(StatementBegan(told.step.name, told.index, len(told.step.pieces), statement.place, statement.head))
    reply = _said(hand, [Command(statement.text.encode())], told.index, statement.head)
    if isinstance(reply, Obeyed):
        hand.tell(StatementEnded(told.step.name, told.index, reply.seconds))
    return reply


def inspect(hand: Hand, told: Inspect) -> Reply:
    """How the index of a statement stands."""
    piece = told.piece
    assert piece.index is not None  # only such pieces are inspected
    schema, name = piece.index
    table = None
    if piece.aftermath is Aftermath.BUILDS_INDEX and piece.table is not None:
        schema, table = piece.table
    try:
        values = {"path": [schema] if schema else hand.path(), "name": name, "table": table}
        rows = hand.session.ask("index_stands", values)
    except psycopg.Error as error:
        return _broken(hand, error)
    if not rows:
        return Seen(IndexStand.ABSENT)
    found_schema, found, valid = rows[0][:3]
    builders = tuple(Blocker(*row[3:]) for row in rows if row[3] is not None)
    stand = IndexStand.VALID if valid else IndexStand.BUILDING if builders else IndexStand.INVALID
    return Seen(stand, found_schema, found, builders)


def sweep(hand: Hand, told: Sweep) -> Reply:
    """Drop an invalid index."""
    hand.tell(Noted(f"dropping the invalid index {told.schema}.{told.name}, which a failed build left"))
    try:
        # Not as a question of ours: no transaction may hold it, also while text of the migration is at work.
        hand.session.connection.execute(composed("index_sweep", index=(told.schema, told.name)))
    except psycopg.Error as error:
        return _broken(hand, error)
    return Obeyed()


def record(hand: Hand, told: Record) -> Reply:
    """History and ledger of a step whose statements are done; its marks go in the same transaction."""
    step = told.step
    forget = Command(
        question("marks_forget"),
        (hand.plan.history.key.encode(), step.name.encode(), step.direction.value.encode()),
    )
    commands = [BEGIN, *hand.put_back(), *hand.guard(), hand.record(step, told.seconds), forget, COMMIT]
    try:
        heard = hand.speak(commands)
        bad = next((item for item in heard if item.result and item.result.status not in GOOD), None)
        if bad is not None and bad.result is not None:
            hand.speak([ROLLBACK])
            return Denied(replace(fault(bad.result), ours=f"the record of {step.name} could not be written"))
        hand.recorded.append((step.name, step.direction.value))
        hand.session.own.foreign = False
        hand.holds(heard[len(hand.put_back())])
        hand.clear((step,))
    except ConnectionLost as lost:
        return Lost(str(lost))
    hand.tell(MigrationEnded(step.name, step.direction.value, told.seconds))
    return Obeyed()


def _mark(hand: Hand, step: Step, index: int, state: ledger.Mark, message: str | None) -> Command:
    return Command(
        question("mark"),
        (
            hand.run.encode(),
            hand.plan.history.key.encode(),
            step.name.encode(),
            step.direction.value.encode(),
            b"%d" % index,
            step.pieces[index].checksum.encode(),
            state.value.encode(),
            message.encode() if message is not None else None,
        ),
    )


def _said(hand: Hand, commands: list[Command], piece: int | None = None, what: str = "") -> Reply:
    """Say one command outside a transaction."""

    def quiet(heard: Heard) -> None:
        hand.watch.listen(heard.quiet)
        blockers = hand.watch.blockers()
        if blockers:
            hand.watch.tell(f"a lock that `{what}` needs", heard.quiet, blockers)
        else:
            hand.watch.progress()

    began = time.perf_counter()
    try:
        for heard in hand.speak(commands, quiet if piece is not None else None):
            if heard.result is not None and heard.result.status not in GOOD:
                said = fault(heard.result, piece)
                if said.sqlstate in together.ENDED_BY_SERVER:
                    return Lost(said.message)
                if hand.interrupts.number is not None and said.sqlstate == "57014":
                    return Halted(hand.interrupts.number)
                return Denied(said)
    except ConnectionLost as lost:
        return Lost(str(lost))
    return Obeyed(time.perf_counter() - began)


def _broken(hand: Hand, error: psycopg.Error) -> Reply:
    if hand.session.connection.closed:
        return Lost(str(error).strip(), certain=True)
    return Denied(fault_of(error))
