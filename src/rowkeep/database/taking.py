"""The strong locks of a transaction, asked for before the statements that need them, in one order for everybody.

A statement that locks two tables takes them in its own order, and whoever goes the other way round meets it in a
deadlock. So the locks of a statement (and of those behind it, where nothing between takes time) are taken by name
before it, sorted. Their answers tell when each was granted, which no statement does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg

from rowkeep.database.hand import Hand, Script
from rowkeep.database.pipeline import Command
from rowkeep.database.session import composed, question
from rowkeep.database.watch import LEAST
from rowkeep.domain.act import (
    ChangeDefault,
    ChangeOwner,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropNotNull,
    DropObject,
    Rename,
    SetSchema,
)
from rowkeep.domain.lock import LockMode
from rowkeep.domain.plan import Step
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.locks import locks

INSTANT = (ChangeDefault, ChangeOwner, DropColumn, DropConstraint, DropNotNull, DropObject, Rename, SetSchema)
"""What only touches the catalog: the locks of a statement behind may be taken before it, nobody waits longer."""

FROZEN_S = 5.0
"""How long after the limit the server itself ends a transaction (17 and newer), where the client cannot."""


@dataclass(frozen=True, slots=True)
class Need:
    """A lock that a statement needs. schema: None: of the search path. direct: said by the statement itself."""

    schema: str | None
    name: str
    mode: LockMode
    direct: bool


@dataclass(frozen=True, slots=True)
class Taking:
    """A lock on a table that is there, and the statement that needs it: (step, index, index in the unit)."""

    schema: str
    name: str
    mode: LockMode
    piece: tuple[Step, int, int]

    @property
    def table(self) -> str:
        """The name for people."""
        return f"{self.schema}.{self.name}"


@dataclass(slots=True)
class Firm:
    """A script that takes its locks first. asked: what a command takes; meant: what only a statement itself takes."""

    script: Script
    asked: dict[int, Taking] = field(default_factory=dict)
    meant: dict[int, list[Taking]] = field(default_factory=dict)


def firm(hand: Hand, script: Script, *, by_name: bool = True, outside: bool = False) -> Firm:
    """Take the locks first where the tables are there and the role may; that is one question, or none.

    A migration that says itself how long it waits for locks takes them itself. by_name=False: all do. outside: no
    transaction holds the statement, so nothing can stand before it.
    """
    needs = _needs(hand, script)
    if not needs:
        return Firm(script)
    there = _there(hand, {(need.schema, need.name) for found in needs.values() for need in found})
    made = Firm(script)
    shift: dict[int, int] = {}
    commands: list[Command] = []
    taken: dict[str, int] = {}
    limited = False
    for number, command in enumerate(script.commands):
        limited = limited and command.sql != question("settings_transaction")
        if number in needs and (now := _taken_now(script, needs, number, there, taken)):
            if not limited and not outside:
                limited = True
                commands += _limits(hand)
                # Its answer tells when the next command begins.
                commands[-1] = commands[-1]._replace(awaited=True)
            for taking, lockable in now:
                taken[taking.table] = taking.mode.strength
                if lockable and by_name and not outside:
                    made.asked[len(commands)] = taking
                    commands.append(_take(hand, taking))
                else:
                    made.meant.setdefault(number, []).append(taking)
        shift[number] = len(commands)
        commands.append(command)
    made.meant = {shift[number]: found for number, found in made.meant.items()}
    made.script = Script(
        commands,
        {shift[number]: piece for number, piece in script.pieces.items()},
        {shift[number]: step for number, step in script.ends.items()},
        {shift[number]: piece for number, piece in script.guards.items()},
        {shift[number] for number in script.put_back},
    )
    return made


There = dict[tuple[str | None, str], tuple[str, str, bool]]
"""By schema and name as written: schema, name, and whether it may be locked by name."""


def _needs(hand: Hand, script: Script) -> dict[int, list[Need]]:
    """What each command needs, of tables that neither the run nor the transaction has made before it."""
    own: set[str] = set()
    found: dict[int, list[Need]] = {}
    for number, (step, index, _) in script.pieces.items():
        statement = step.pieces[index].statement
        # Who sets search_path knows what a bare name means; we do not.
        bare = "search_path" not in step.text.lower()
        needs = [
            need
            for need in _of(statement, step.own_lock_timeout)
            if need.name not in own and need.name not in hand.made
        ]
        if needs := [need for need in needs if bare or need.schema is not None]:
            found[number] = needs
        own.update(act.table.name for act in statement.acts if isinstance(act, CreateTable) and not act.is_stored)
    return found


def _of(statement: Statement, own: bool) -> Iterable[Need]:
    for act in statement.acts:
        if act.is_stored:
            continue
        for name, mode in locks(act):
            if mode in LEAST and not name.is_unknown:
                yield Need(name.schema, name.name, mode, direct=not act.inside and not own)


def _there(hand: Hand, wanted: set[tuple[str | None, str]]) -> There:
    keys = list(wanted)
    try:
        rows = hand.session.ask(
            "tables_there",
            {
                "names": [name for _, name in keys],
                "schemas": [schema for schema, _ in keys],
                "path": list(hand.rules.schemas),
            },
        )
    except psycopg.Error:
        # The transaction that follows says what is wrong.
        return {}
    return {keys[number - 1]: (schema, name, lockable) for number, schema, name, lockable in rows}


def _taken_now(
    script: Script, needs: dict[int, list[Need]], number: int, there: There, taken: dict[str, int]
) -> list[tuple[Taking, bool]]:
    """The locks to take before command `number`, sorted by name: its own, and those of the ones behind it."""
    found: dict[str, tuple[Taking, bool]] = {}
    at = number
    while at in needs:
        for need in needs[at]:
            if (known := there.get((need.schema, need.name))) is None:
                continue
            schema, name, lockable = known
            taking = Taking(schema, name, need.mode, script.pieces[at])
            direct = lockable and need.direct
            if taken.get(taking.table, -1) >= need.mode.strength or (at > number and not direct):
                continue
            before = found.get(taking.table)
            if before is None or before[0].mode.strength < need.mode.strength:
                found[taking.table] = (taking, direct)
        step, index, _ = script.pieces[at]
        if step.own_lock_timeout or not all(isinstance(act, INSTANT) for act in step.pieces[index].statement.acts):
            break
        at += 1
    return [found[table] for table in sorted(found)]


def _take(hand: Hand, taking: Taking) -> Command:
    text = composed(f"take_{taking.mode.name.lower()}", table=(taking.schema, taking.name))
    return Command(text.as_bytes(hand.session.connection), awaited=True)


def _limits(hand: Hand) -> list[Command]:
    """What the server itself watches from here on."""
    limit = hand.rules.hold_limit_s
    if not limit:
        return []
    ms = int(limit * 1000)
    statement = min(ms, hand.rules.statement_timeout_ms or ms)
    values = [statement, min(ms, 60_000), ms + int(FROZEN_S * 1000)]
    version = "from17" if hand.session.major >= 17 else "before17"
    told = tuple(b"%dms" % value for value in values[: 3 if version == "from17" else 2])
    return [Command(question(f"settings_hold_{version}"), told, prepared=True)]
