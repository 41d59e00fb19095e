"""SQL is sent through another session, which no transaction here holds.

## When

`dblink()`, `dblink_exec()`, `dblink_send_query()`, `dblink_open()` or `pg_background_launch()` is called.

## Harm

The text runs in a session of its own, perhaps on another server: it is committed even if the migration fails, it waits
for locks that the migration holds itself, no guard sees what it changes, and nothing here reads it.

## Given

```sql
CREATE FUNCTION dblink_exec(connection text, command text) RETURNS text LANGUAGE sql AS 'SELECT command';
```

## Unsafe

```sql
SELECT dblink_exec('dbname=shop', 'DELETE FROM sessions');
```

## Safe

What another database needs is a migration of that database.

```sql
CREATE TABLE IF NOT EXISTS sessions (id bigint PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction

RULE = Rule(__name__, code="D308", category=Category.DATA, severity=Severity.ERROR)
_SENDERS = ("dblink", "dblink_exec", "dblink_send_query", "dblink_open", "pg_background_launch")


@RULE.on(CallFunction)
def check(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A call that sends SQL."""
    name = operation.call.name.name
    if name in _SENDERS:
        message = f"{name}() sends SQL through another session: no ROLLBACK here takes it back"
        yield Violation(operation.span, message, "a migration of the database that is meant")
