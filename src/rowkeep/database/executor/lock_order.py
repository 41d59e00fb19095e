"""Takes the strong locks of a transaction before the statements that need them, always in the same order.

A statement that locks two tables takes them in its own order; a session that takes them in the other order meets it in
a deadlock. So the locks of a statement (and of those after it, if nothing in between takes time) are taken by name
before it, sorted. The answers say when each lock was granted, which the answer of a statement does not.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from rowkeep.database.connection.pipeline import PipelineCommand
from rowkeep.database.executor.blockers import WEAKEST_CONFLICT
from rowkeep.database.executor.run_context import RunContext
from rowkeep.database.executor.script import StatementPlace, TransactionScript
from rowkeep.database.queries import compose_query, load_query
from rowkeep.domain.frozen import dataclass, field
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
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.locks import locks_of

INSTANT = (ChangeDefault, ChangeOwner, DropColumn, DropConstraint, DropNotNull, DropObject, Rename, SetSchema)
"""They only change the catalog: the locks of the next statement may be taken before them, nobody waits longer."""

SERVER_LIMIT_EXTRA_S = 5.0
"""How long after the hold limit the server itself ends a transaction (17 and newer), if the client could not."""


@dataclass(frozen=True, slots=True)
class LockNeed:
    """A lock that a statement needs. schema: None = on the search path. direct: the statement itself takes it."""

    schema: str | None
    name: str
    mode: LockMode
    direct: bool


@dataclass(frozen=True, slots=True)
class LockRequest:
    """A lock on a table that exists, and the statement that needs it."""

    schema: str
    name: str
    mode: LockMode
    statement: StatementPlace

    @property
    def table(self) -> str:
        """The name for people."""
        return f"{self.schema}.{self.name}"


@dataclass(slots=True)
class LockingScript:
    """A script that takes its locks first, by number of the command.

    explicit: the locks that a LOCK command takes. implicit: the locks that a statement takes by itself.
    """

    script: TransactionScript
    explicit: dict[int, LockRequest] = field(default_factory=dict)
    implicit: dict[int, list[LockRequest]] = field(default_factory=dict)


def take_locks_first(
    context: RunContext, script: TransactionScript, *, by_name: bool = True, outside: bool = False
) -> LockingScript:
    """Take the locks first, where the tables exist and the role may lock them; this asks one query, or none.

    A migration that sets lock_timeout itself takes its locks itself. by_name=False: every statement does. outside: the
    statement runs outside a transaction, so no command can precede it.
    """
    needs = _needs(context, script)
    if not needs:
        return LockingScript(script)
    existing = _find_tables(context, {(need.schema, need.name) for listed in needs.values() for need in listed})
    locking = LockingScript(script)
    new_numbers: dict[int, int] = {}
    commands: list[PipelineCommand] = []
    taken: dict[str, int] = {}
    limited = False
    for number, command in enumerate(script.commands):
        limited = limited and command.sql != load_query("session.begin_transaction")
        if number in needs and (requests := _locks_before(script, needs, number, existing, taken)):
            if not limited and not outside:
                limited = True
                commands += _hold_limit_commands(context)
                # Its answer says when the next command begins.
                commands[-1] = commands[-1]._replace(awaited=True)
            for request, lockable in requests:
                taken[request.table] = request.mode.strength
                if lockable and by_name and not outside:
                    locking.explicit[len(commands)] = request
                    commands.append(_lock_command(context, request))
                else:
                    locking.implicit.setdefault(number, []).append(request)
        new_numbers[number] = len(commands)
        commands.append(command)
    locking.implicit = {new_numbers[number]: requests for number, requests in locking.implicit.items()}
    locking.script = TransactionScript(
        commands,
        {new_numbers[number]: place for number, place in script.statements.items()},
        {new_numbers[number]: step for number, step in script.records.items()},
        {new_numbers[number]: statement for number, statement in script.encoding_checks.items()},
        {new_numbers[number]: step for number, step in script.deferred_checks.items()},
        {new_numbers[number] for number in script.restores},
        {new_numbers[number] for number in script.created},
        script.guard,
    )
    return locking


ExistingTables = dict[tuple[str | None, str], tuple[str, str, bool]]
"""By schema and name as written: schema, name, and whether it may be locked by name."""


def _needs(context: RunContext, script: TransactionScript) -> dict[int, list[LockNeed]]:
    """The locks that each command needs, without those on tables that the run or the transaction created."""
    created: set[str] = set()
    needs: dict[int, list[LockNeed]] = {}
    for number, (step, index, _) in script.statements.items():
        statement = step.pieces[index].statement
        # If the migration sets search_path, we do not know which table an unqualified name means.
        knows_path = "search_path" not in step.text.lower()
        listed = [
            need
            for need in _needs_of(statement, step.own_lock_timeout)
            if need.name not in created and need.name not in context.created_tables
        ]
        if listed := [need for need in listed if knows_path or need.schema is not None]:
            needs[number] = listed
        created.update(
            operation.table.name
            for operation in statement.operations
            if isinstance(operation, CreateTable) and not operation.is_stored
        )
    return needs


def _needs_of(statement: Statement, own_timeout: bool) -> Iterable[LockNeed]:
    for operation in statement.operations:
        if operation.is_stored:
            continue
        for name, mode in locks_of(operation):
            if mode in WEAKEST_CONFLICT and not name.is_unknown:
                yield LockNeed(name.schema, name.name, mode, direct=not operation.inside and not own_timeout)


def _find_tables(context: RunContext, names: set[tuple[str | None, str]]) -> ExistingTables:
    keys = list(names)
    try:
        rows = context.session.ask(
            "locks.existing_tables",
            {
                "names": [name for _, name in keys],
                "schemas": [schema for schema, _ in keys],
                "path": list(context.policy.schemas),
            },
        )
    except psycopg.Error:
        # The transaction that follows reports what is wrong.
        return {}
    return {keys[number - 1]: (schema, name, lockable) for number, schema, name, lockable in rows}


def _locks_before(
    script: TransactionScript,
    needs: dict[int, list[LockNeed]],
    number: int,
    existing: ExistingTables,
    taken: dict[str, int],
) -> list[tuple[LockRequest, bool]]:
    """The locks to take before command `number`, sorted by name: its own, and those of the commands after it."""
    requests: dict[str, tuple[LockRequest, bool]] = {}
    at = number
    while at in needs:
        for need in needs[at]:
            if (table := existing.get((need.schema, need.name))) is None:
                continue
            schema, name, lockable = table
            request = LockRequest(schema, name, need.mode, script.statements[at])
            direct = lockable and need.direct
            if taken.get(request.table, -1) >= need.mode.strength or (at > number and not direct):
                continue
            before = requests.get(request.table)
            if before is None or before[0].mode.strength < need.mode.strength:
                requests[request.table] = (request, direct)
        step, index, _ = script.statements[at]
        if step.own_lock_timeout or not all(
            isinstance(operation, INSTANT) for operation in step.pieces[index].statement.operations
        ):
            break
        at += 1
    return [requests[table] for table in sorted(requests)]


def _lock_command(context: RunContext, request: LockRequest) -> PipelineCommand:
    text = compose_query(f"locks.lock_{request.mode.name.lower()}", table=(request.schema, request.name))
    return PipelineCommand(text.as_bytes(context.session.connection), awaited=True)


def _hold_limit_commands(context: RunContext) -> list[PipelineCommand]:
    """Let the server itself watch the hold limit from here on."""
    limit = context.policy.hold_limit_s
    if not limit:
        return []
    ms = int(limit * 1000)
    statement = min(ms, context.policy.statement_timeout_ms or ms)
    values = [statement, min(ms, 60_000), ms + int(SERVER_LIMIT_EXTRA_S * 1000)]
    version = "from17" if context.session.major >= 17 else "before17"
    limits = tuple(b"%dms" % value for value in values[: 3 if version == "from17" else 2])
    return [PipelineCommand(load_query(f"session.limit_lock_hold_{version}"), limits, prepared=True)]
