"""A predefined role is granted that reaches the whole server.

## When

`GRANT` of `pg_execute_server_program`, `pg_read_server_files`, `pg_write_server_files`, `pg_read_all_data`,
`pg_write_all_data`, `pg_maintain`, `pg_signal_backend`, `pg_create_subscription`, `pg_checkpoint` or a similar role.
Roles that only show statistics and settings (`pg_monitor`) are a note.

## Harm

Whoever logs in with the role can run programs on the server, read its files, or read and write every table of the
database. The first three are superusers in all but name.

## Given

```sql
CREATE ROLE shop_app;
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
GRANT pg_execute_server_program TO shop_app;
```

```sql
GRANT pg_write_all_data TO shop_app;
```

## Safe

```sql
GRANT SELECT, INSERT, UPDATE ON orders TO shop_app;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import GrantRole
from rowkeep.knowledge.roles import is_own_role

RULE = Rule(
    __name__,
    code="S302",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("safe-migrate:overbroad-grant",),
)

POWERS = {
    "pg_execute_server_program": "may run programs on the server",
    "pg_read_server_files": "may read every file of the server",
    "pg_write_server_files": "may write any file of the server",
    "pg_read_all_data": "may read every table",
    "pg_write_all_data": "may write every table",
    "pg_maintain": "may lock every table (VACUUM FULL, CLUSTER, REINDEX)",
    "pg_signal_backend": "may end the sessions of others",
    "pg_signal_autovacuum_worker": "may end vacuums",
    "pg_create_subscription": "may connect to other servers and copy their rows in",
    "pg_checkpoint": "may force checkpoints",
    "pg_use_reserved_connections": "may use the reserved connections",
    "rds_superuser": "may do nearly everything",
    "cloudsqlsuperuser": "may do nearly everything",
    "azure_pg_admin": "may do nearly everything",
}
"""What each role allows (manual, 22.5). Every other `pg_…` shows statistics and settings."""


@RULE.on(GrantRole)
def check(operation: GrantRole, context: Context) -> Iterator[Violation]:
    """One of these roles among those that are granted."""
    who = ", ".join(str(role) for role in operation.to)
    for role in operation.roles if operation.is_grant else ():
        if is_own_role(role.name):
            does = POWERS.get(role.name, "may see the statistics and settings of the whole server")
            hint = f"-- only the rights that it needs:\nGRANT <rights> ON <table> TO {who};"
            yield Violation(operation.span, f"{who} {does} ({role})", hint, faint=role.name not in POWERS)
