"""An event trigger runs with every DDL of everybody.

## When

`CREATE EVENT TRIGGER`, and `ALTER EVENT TRIGGER` that changes or switches one.

## Harm

Its function runs in the sessions of others, superusers included, with their rights. A fault in it stops every DDL,
also the migration that would mend it, and with `login` every connection.

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

What a table needs is a trigger of that table.

```sql
COMMENT ON TABLE orders IS 'changed by migrations only';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import AlterObject, CreateObject, ObjectKind
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="S315", promise=Promise.SECURITY, severity=Severity.ERROR)


@RULE.on(CreateObject)
@RULE.on(AlterObject)
def check(act: CreateObject | AlterObject, context: Context) -> Iterator[Fault]:
    """One that is made, or switched."""
    if act.kind is ObjectKind.EVENT_TRIGGER:
        made = isinstance(act, CreateObject)
        message = f"the function of {act.name} runs with everybody's DDL, and with their rights"
        yield Fault(act.span, message, f"ALTER EVENT TRIGGER {act.name} DISABLE; (the way out)", doubtful=not made)
