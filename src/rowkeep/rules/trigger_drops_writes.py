"""A trigger silently discards writes of the application.

## When

A `BEFORE … FOR EACH ROW` trigger on a table that existed before this migration calls a function of the project that
ends in `RETURN NULL`, or for `UPDATE` in `RETURN OLD`. Where that depends on a condition it is a note.

## Harm

The row is not written, and there is no error: the application believes that it is stored.

## Given

```sql
CREATE TABLE shipments (id bigint PRIMARY KEY, carrier text);
```

## Unsafe

```sql
CREATE OR REPLACE FUNCTION ignore_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER shipments_closed BEFORE INSERT OR UPDATE ON shipments
  FOR EACH ROW EXECUTE FUNCTION ignore_write();
```

## Safe

```sql
CREATE OR REPLACE FUNCTION refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'shipments are closed';
END
$$;
CREATE OR REPLACE TRIGGER shipments_closed BEFORE INSERT OR UPDATE ON shipments
  FOR EACH ROW EXECUTE FUNCTION refuse_write();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.operation import CreateTrigger, FrameKind, Returns

RULE = Rule(
    __name__,
    code="D307",
    category=Category.DATA,
    severity=Severity.ERROR,
    claims=(LockClaim("shipments", LockMode.SHARE_ROW_EXCLUSIVE),),
)


@RULE.on(CreateTrigger)
def check(operation: CreateTrigger, context: Context) -> Iterator[Violation]:
    """A trigger whose function is known."""
    function = context.function(operation.function)
    if function is None or operation.timing != "BEFORE" or not operation.per_row or context.is_new(operation.table):
        return
    for answer in function.operations:
        if not isinstance(answer, Returns) or (answer.value == "old" and "UPDATE" not in operation.events):
            continue
        sure = not answer.is_within(FrameKind.BRANCH, FrameKind.HANDLER, FrameKind.LOOP)
        if not sure and answer.value == "old":
            continue
        events = "UPDATE" if answer.value == "old" else " and ".join(operation.events)
        yield Violation(
            operation.span,
            f"{events} on {operation.table} does nothing{'' if sure else ', under a condition'}, without an error: "
            f"{operation.function} returns {answer.value.upper()}",
            Sentence("let the function RETURN NEW, or RAISE EXCEPTION"),
            faint=not sure,
            doubtful=context.is_doubtful(operation.table),
        )
        return
