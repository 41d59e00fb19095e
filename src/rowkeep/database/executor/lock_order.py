"""The strong locks of a transaction, asked for before the statements that need them, in one order for everybody.

A statement that locks two tables takes them in its own order, and whoever goes the other way round meets it in a
deadlock. So the locks of a statement (and of those behind it, where nothing between takes time) are taken by name
before it, sorted. Their answers tell when each was granted, which no statement does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

import psycopg

from rowkeep.database.connection.pipeline import PipelineCommand
from rowkeep.database.executor.blockers import LEAST
from rowkeep.database.executor.run_context import RunContext, TransactionScript
from rowkeep.database.queries import compose_query, load_query
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import (
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
from rowkeep.domain.plan import Step
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.locks import locks_of

INSTANT = (ChangeDefault, ChangeOwner, DropColumn, DropConstraint, DropNotNull, DropObject, Rename, SetSchema)
"""What only touches the catalog: the locks of a statement behind may be taken before it, nobody waits longer."""

FROZEN_S = 5.0
"""How long after the limit the server itself ends a transaction (17 and newer), where the client cannot."""


@dataclass(frozen=True, slots=True)
class LockNeed:
    """A lock that a statement needs. schema: None: of the search path. direct: said by the statement itself."""

    schema: str | None
    name: str
    mode: LockMode
    direct: bool


@dataclass(frozen=True, slots=True)
class LockRequest:
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
class LockingScript:
    """A script that takes its locks first. asked: what a command takes; meant: what only a statement itself takes."""

    script: TransactionScript
    asked: dict[int, LockRequest] = field(default_factory=dict)
    meant: dict[int, list[LockRequest]] = field(default_factory=dict)


def take_locks_first(
    context: RunContext, script: TransactionScript, *, by_name: bool = True, outside: bool = False
) -> LockingScript:
    """Take the locks first where the tables are there and the role may; that is one question, or none.

    A migration that says itself how long it waits for locks takes them itself. by_name=False: all do. outside: no
    transaction holds the statement, so nothing can stand before it.
    """
    needs = _needs(context, script)
    if not needs:
        return LockingScript(script)
    there = _existing(context, {(need.schema, need.name) for found in needs.values() for need in found})
    made = LockingScript(script)
    shift: dict[int, int] = {}
    commands: list[PipelineCommand] = []
    taken: dict[str, int] = {}
    limited = False
    for number, command in enumerate(script.commands):
        limited = limited and command.sql != load_query("session.begin_transaction")
        if number in needs and (now := _locks_before(script, needs, number, there, taken)):
            if not limited and not outside:
                limited = True
                commands += _limits(context)
                # Its answer tells when the next command begins.
                commands[-1] = commands[-1]._replace(awaited=True)
            for taking, lockable in now:
                taken[taking.table] = taking.mode.strength
                if lockable and by_name and not outside:
                    made.asked[len(commands)] = taking
                    commands.append(_take(context, taking))
                else:
                    made.meant.setdefault(number, []).append(taking)
        shift[number] = len(commands)
        commands.append(command)
    made.meant = {shift[number]: found for number, found in made.meant.items()}
    made.script = TransactionScript(
        commands,
        {shift[number]: piece for number, piece in script.pieces.items()},
        {shift[number]: step for number, step in script.ends.items()},
        {shift[number]: piece for number, piece in script.guards.items()},
        {shift[number] for number in script.put_back},
    )
    return made


There = dict[tuple[str | None, str], tuple[str, str, bool]]
"""By schema and name as written: schema, name, and whether it may be locked by name."""


def _needs(context: RunContext, script: TransactionScript) -> dict[int, list[LockNeed]]:
    """What each command needs, of tables that neither the run nor the transaction has made before it."""
    own: set[str] = set()
    found: dict[int, list[LockNeed]] = {}
    for number, (step, index, _) in script.pieces.items():
        statement = step.pieces[index].statement
        # Who sets search_path knows what a bare name means; we do not.
        bare = "search_path" not in step.text.lower()
        needs = [
            need
            for need in _needs_of(statement, step.own_lock_timeout)
            if need.name not in own and need.name not in context.made
        ]
        if needs := [need for need in needs if bare or need.schema is not None]:
            found[number] = needs
        own.update(
            operation.table.name
            for operation in statement.operations
            if isinstance(operation, CreateTable) and not operation.is_stored
        )
    return found


def _needs_of(statement: Statement, own: bool) -> Iterable[LockNeed]:
    for operation in statement.operations:
        if operation.is_stored:
            continue
        for name, mode in locks_of(operation):
            if mode in LEAST and not name.is_unknown:
                yield LockNeed(name.schema, name.name, mode, direct=not operation.inside and not own)


def _existing(context: RunContext, wanted: set[tuple[str | None, str]]) -> There:
    keys = list(wanted)
    try:
        rows = context.session.ask(
            "locks.existing_tables",
            {
                "names": [name for _, name in keys],
                "schemas": [schema for schema, _ in keys],
                "path": list(context.rules.schemas),
            },
        )
    except psycopg.Error:
        # The transaction that follows says what is wrong.
        return {}
    return {keys[number - 1]: (schema, name, lockable) for number, schema, name, lockable in rows}


def _locks_before(
    script: TransactionScript, needs: dict[int, list[LockNeed]], number: int, there: There, taken: dict[str, int]
) -> list[tuple[LockRequest, bool]]:
    """The locks to take before command `number`, sorted by name: its own, and those of the ones behind it."""
    found: dict[str, tuple[LockRequest, bool]] = {}
    at = number
    while at in needs:
        for need in needs[at]:
            if (known := there.get((need.schema, need.name))) is None:
                continue
            schema, name, lockable = known
            taking = LockRequest(schema, name, need.mode, script.pieces[at])
            direct = lockable and need.direct
            if taken.get(taking.table, -1) >= need.mode.strength or (at > number and not direct):
                continue
            before = found.get(taking.table)
            if before is None or before[0].mode.strength < need.mode.strength:
                found[taking.table] = (taking, direct)
        step, index, _ = script.pieces[at]
        if step.own_lock_timeout or not all(
            isinstance(operation, INSTANT) for operation in step.pieces[index].statement.operations
        ):
            break
        at += 1
    return [found[table] for table in sorted(found)]


def _take(context: RunContext, taking: LockRequest) -> PipelineCommand:
    text = compose_query(f"locks.lock_{taking.mode.name.lower()}", table=(taking.schema, taking.name))
    return PipelineCommand(text.as_bytes(context.session.connection), awaited=True)


def _limits(context: RunContext) -> list[PipelineCommand]:
    """What the server itself watches from here on."""
    limit = context.rules.hold_limit_s
    if not limit:
        return []
    ms = int(limit * 1000)
    statement = min(ms, context.rules.statement_timeout_ms or ms)
    values = [statement, min(ms, 60_000), ms + int(FROZEN_S * 1000)]
    version = "from17" if context.session.major >= 17 else "before17"
    told = tuple(b"%dms" % value for value in values[: 3 if version == "from17" else 2])
    return [PipelineCommand(load_query(f"session.limit_lock_hold_{version}"), told, prepared=True)]
