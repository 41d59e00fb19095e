"""SQL is sent through another session, outside of this transaction.

## When

The migration calls `dblink()`, `dblink_exec()`, `dblink_send_query()`, `dblink_open()` or `pg_background_launch()`.

## Harm

The text runs in its own session, perhaps on another server: it is committed even if the migration fails, it can wait
for locks that the migration itself holds, no check sees what it changes, and Rowkeep does not read it.

## Given

```sql
CREATE FUNCTION dblink_exec(connection text, command text) RETURNS text LANGUAGE sql AS 'SELECT command';
```

## Unsafe

```sql
SELECT dblink_exec('dbname=shop', 'DELETE FROM sessions');
```

## Safe

If another database needs a change, write a migration of that database.

```sql
CREATE TABLE IF NOT EXISTS sessions (id bigint PRIMARY KEY);
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction

RULE = Rule(__name__, code="D308", category=Category.DATA, severity=Severity.ERROR)
_SENDERS = ("dblink", "dblink_exec", "dblink_send_query", "dblink_open", "pg_background_launch")


@RULE.on(CallFunction)
def check(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A call that sends SQL."""
    name = operation.call.name.name
    if name in _SENDERS:
        message = f"{name}() sends SQL through another session: ROLLBACK does not undo it"
        yield Violation(operation.span, message, Sentence("write a migration of that database"))
