"""An event trigger runs with everybody's DDL.

## When

`CREATE EVENT TRIGGER`, and `ALTER EVENT TRIGGER` that changes it or switches it on or off.

## Harm

Its function runs in the sessions of others, superusers included, with their rights. A bug in it stops every DDL
statement, also the migration that would fix it, and with `login` every connection.

## Given

```sql
CREATE FUNCTION note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE DEBUG '%', tg_tag;
END
$$;
CREATE TABLE orders (id bigint PRIMARY KEY);
```

## Unsafe

```sql
CREATE EVENT TRIGGER note_all_ddl ON ddl_command_end EXECUTE FUNCTION note_ddl();
```

## Safe

If one table needs it, use a trigger on that table.

```sql
COMMENT ON TABLE orders IS 'changed by migrations only';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, CreateObject, ObjectKind

RULE = Rule(__name__, code="S315", category=Category.SECURITY, severity=Severity.ERROR)


@RULE.on(CreateObject)
@RULE.on(AlterObject)
def check(operation: CreateObject | AlterObject, context: Context) -> Iterator[Violation]:
    """One that is made, or switched."""
    if operation.kind is ObjectKind.EVENT_TRIGGER:
        made = isinstance(operation, CreateObject)
        message = f"the function of {operation.name} runs with the DDL of every role, and with the rights of that role"
        yield Violation(
            operation.span, message, Sentence("use a trigger on the tables that need it"), doubtful=not made
        )
