"""The migration reaches out of its database and changes the server.

## When

`ALTER SYSTEM`; or a call of `pg_reload_conf()`, `pg_promote()`, `pg_drop_replication_slot()`, `pg_wal_replay_pause()`,
`pg_wal_replay_resume()`, `pg_rotate_logfile()` or `pg_stat_reset()` and its like, which is one step softer.

## Harm

It holds for every database of the server and outlives the migration; ROLLBACK does not take it back. A dropped slot
takes a replica's or a subscriber's place away, so that it has to be built anew. Managed servers refuse `ALTER SYSTEM`.

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
    "pg_reload_conf": "makes the server read its configuration anew",
    "pg_promote": "makes a replica the primary",
    "pg_drop_replication_slot": "drops a replication slot: who used it has to be built anew",
    "pg_replication_slot_advance": "moves a replication slot on: what it skips is lost for its reader",
    "pg_wal_replay_pause": "stops a replica",
    "pg_wal_replay_resume": "lets a replica go on",
    "pg_rotate_logfile": "begins a new log file",
    "pg_stat_reset": "throws the statistics away by which autovacuum finds its tables",
    "pg_stat_reset_shared": "throws statistics of the whole server away",
    "pg_stat_reset_single_table_counters": "throws statistics away by which autovacuum finds the table",
}


@RULE.on(AlterSystem)
def setting(operation: AlterSystem, context: Context) -> Iterator[Violation]:
    """A setting of the whole server."""
    message = f"changes {operation.name} for every database of the server, and no ROLLBACK takes it back"
    yield Violation(
        operation.span,
        message,
        f"ALTER ROLE … SET {operation.name} = …; or ALTER DATABASE … SET {operation.name} = …;",
    )


@RULE.on(CallFunction)
def call(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A function that acts on the server."""
    does = _DOES.get(operation.call.name.name)
    if does is not None and operation.call.name.schema in (None, "pg_catalog"):
        yield Violation(
            operation.span,
            f"{does}, and no ROLLBACK takes it back",
            "what is done to a server is no migration",
            doubtful=True,
        )
