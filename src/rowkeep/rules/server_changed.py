"""The migration changes the server, not only its database.

## When

`ALTER SYSTEM`; or a call of `pg_reload_conf()`, `pg_promote()`, `pg_drop_replication_slot()`, `pg_wal_replay_pause()`,
`pg_wal_replay_resume()`, `pg_rotate_logfile()`, `pg_stat_reset()` or a similar function, which is one step softer.

## Harm

It affects every database of the server and outlives the migration; ROLLBACK does not undo it. Without its slot, a
replica or subscriber must be rebuilt. Managed servers refuse `ALTER SYSTEM`.

## Given

```sql
CREATE ROLE shop_app;
```

## Unsafe

```sql
ALTER SYSTEM RESET work_mem;
```

## Safe

```sql
ALTER ROLE shop_app SET work_mem = '16MB';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterSystem, CallFunction

RULE = Rule(
    __name__,
    code="S312",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-system-options",),
)
_DOES = {
    "pg_reload_conf": "makes the server reload its configuration",
    "pg_promote": "makes a replica the primary",
    "pg_drop_replication_slot": "drops a replication slot: its reader must be rebuilt",
    "pg_replication_slot_advance": "advances a replication slot: its reader loses what it skips",
    "pg_wal_replay_pause": "pauses a replica",
    "pg_wal_replay_resume": "resumes a replica",
    "pg_rotate_logfile": "starts a new log file",
    "pg_stat_reset": "resets the statistics that autovacuum relies on",
    "pg_stat_reset_shared": "resets statistics of the whole server",
    "pg_stat_reset_single_table_counters": "resets the statistics that autovacuum relies on for the table",
}


@RULE.on(AlterSystem)
def check_setting(operation: AlterSystem, context: Context) -> Iterator[Violation]:
    """A setting of the whole server."""
    message = f"changes {operation.name} for every database of the server, and ROLLBACK does not undo it"
    yield Violation(
        operation.span,
        message,
        f"-- or ALTER DATABASE:\nALTER ROLE <role> SET {operation.name} = <value>;",
    )


@RULE.on(CallFunction)
def check_call(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A function that acts on the server."""
    does = _DOES.get(operation.call.name.name)
    if does is not None and operation.call.name.schema in (None, "pg_catalog"):
        yield Violation(
            operation.span,
            f"{does}, and ROLLBACK does not undo it",
            Sentence("administer the server outside of migrations"),
            doubtful=True,
        )
