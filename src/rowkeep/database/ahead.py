"""Looking before locking: nobody queues behind a lock that is asked for only when it is to be had."""

from __future__ import annotations

import select
import time
from collections.abc import Iterable

import psycopg

from rowkeep.database.hand import Hand
from rowkeep.database.watch import LEAST
from rowkeep.domain.act import CreateTable, Delete, Merge, Update
from rowkeep.domain.event import Blocker, Noted
from rowkeep.domain.facts import Collation
from rowkeep.domain.lock import LockMode
from rowkeep.domain.plan import Step
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.locks import locks

LOOK_S = 0.08
"""Between two looks."""

Wanted = dict[tuple[str | None, str], LockMode]
"""Tables, by schema and name, and the strongest lock that is going to be asked for."""


def wanted(statements: Iterable[Statement]) -> Wanted:
    """The locks that make others wait, on tables that these statements do not make themselves."""
    found: Wanted = {}
    made: set[str] = set()
    for statement in statements:
        for act in statement.acts:
            if act.is_stored:
                continue
            if isinstance(act, CreateTable):
                made.add(act.table.name)
            for name, mode in locks(act):
                key = (name.schema, name.name)
                if mode not in LEAST or name.is_unknown or name.name in made:
                    continue
                if key not in found or found[key].strength < mode.strength:
                    found[key] = mode
    return found


def of_steps(hand: Hand, steps: tuple[Step, ...]) -> Wanted:
    """As `wanted`, for a transaction. A migration that says itself how long it waits for locks is left to it.

    Nobody else has used a table for long that this run has made.
    """
    found = wanted(piece.statement for step in steps if not step.own_lock_timeout for piece in step.pieces)
    fresh = {key: mode for key, mode in found.items() if key[1] not in hand.made}
    hand.made.update(
        act.table.name
        for step in steps
        for piece in step.pieces
        for act in piece.statement.acts
        if isinstance(act, CreateTable)
    )
    return fresh


def wait(hand: Hand, tables: Wanted, what: str, began: float) -> tuple[Blocker, ...]:
    """Wait until nobody is in the way of these locks, or the deadline is reached, or a signal came.

    Whoever is done within the time of one try (`lock_timeout_ms`) is not in the way, and an autovacuum steps aside
    only for one who asks. Returns who was seen.
    """
    seen: tuple[Blocker, ...] = ()
    before: frozenset[str] = frozenset()
    while tables:
        found = hand.watch.in_the_way(tables, hand.rules.schemas)
        if not found:
            break
        short = hand.rules.lock_timeout_ms / 1000
        # A plain role does not learn since when others are at work; who is seen twice has been there long.
        long = tuple(who for who, virtual in found if virtual in before or (who.age is not None and who.age > short))
        if not long and before:
            break
        before = frozenset(virtual for _, virtual in found)
        waited = time.monotonic() - began
        if long:
            seen = long
            hand.watch.tell(what, waited, long)
            if hand.rules.cancel_blockers:
                hand.watch.cancel(long)
        if waited >= hand.rules.lock_deadline_s:
            break
        if select.select([hand.interrupts.wakes], [], [], LOOK_S)[0]:
            break
    return seen


def warn_of_standbys(hand: Hand) -> None:
    """Say so where readers of a standby will wait: the lock is replayed there, and nothing set here limits that."""
    if LockMode.ACCESS_EXCLUSIVE not in wanted(p.statement for step in hand.plan.steps for p in step.pieces).values():
        return
    try:
        standbys = [name for (name,) in hand.session.ask("standbys")]
    except psycopg.Error:
        return
    if standbys:
        hand.tell(
            Noted(
                f"{len(standbys)} standby(s) follow this server ({', '.join(dict.fromkeys(standbys))}): a long query "
                "there makes every other reader of the changed table wait until it ends or "
                "max_standby_streaming_delay has passed; lock_timeout does not reach that far",
                warning=True,
            )
        )


def warn_of_settings(hand: Hand) -> None:
    """Say so where a setting that is set aside was somebody's wish, and where one could not be set aside."""
    before = hand.session.own.before
    if before["default_transaction_read_only"] == "on":
        hand.tell(
            Noted(
                "default_transaction_read_only is on for this role or database: it is set aside, this run writes",
                warning=True,
            )
        )
    role = before["session_replication_role"]
    if role != "origin" and "session_replication_role" not in hand.session.own.ours:
        hand.tell(
            Noted(
                f"session_replication_role is {role} for this role, and only a superuser may set it aside: "
                "foreign keys are not checked and triggers do not fire in this run",
                warning=True,
            )
        )


def warn_of_collations(hand: Hand) -> None:
    """Say so where text sorts otherwise than when indexes were built: what a migration looks up may not be found."""
    moved = []
    try:
        if hand.session.major >= 15:
            now, recorded = hand.session.ask("doctor_collation_from15")[0]
            if recorded and now != recorded:
                moved.append(f"the database's own, from {recorded} to {now or 'none'}")
        for row in hand.session.ask("collations"):
            one = Collation(*row)
            if one.moved and one.indexes:
                moved.append(f"{one.name}, from {one.recorded} to {one.now or 'none'}")
    except psycopg.Error:
        return
    if moved:
        hand.tell(
            Noted(
                f"the version of a collation has changed since indexes were built ({'; '.join(moved)}): they may be "
                "out of order, so that rows are not found and unique keys are there twice; `rowkeep doctor` says "
                "what to do",
                warning=True,
            )
        )


def warn_of_hidden_rows(hand: Hand) -> None:
    """Say so where row security hides rows from this role: an UPDATE or DELETE then changes fewer rows, or none."""
    statements = (piece.statement for step in hand.plan.steps for piece in step.pieces)
    acts = (act for statement in statements for act in statement.acts if isinstance(act, Update | Delete | Merge))
    tables = {(act.table.schema, act.table.name) for act in acts if not act.table.is_unknown}
    if not tables:
        return
    values = {
        "names": [name for _, name in tables],
        "schemas": [schema for schema, _ in tables],
        "path": list(hand.rules.schemas),
    }
    try:
        rows = hand.session.ask("rows_hidden", values)
    except psycopg.Error:
        return
    for schema, name, forced in rows:
        why = "FORCE ROW LEVEL SECURITY holds for its owner too" if forced else "this role is not its owner"
        hand.tell(
            Noted(
                f"row security hides rows of {schema}.{name} from this role ({why}): an UPDATE or DELETE changes only "
                "the rows that its policies show, perhaps none; a role with BYPASSRLS sees all",
                warning=True,
            )
        )
