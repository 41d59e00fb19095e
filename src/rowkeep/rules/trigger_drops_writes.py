"""A trigger throws the application's writes away.

## When

A `BEFORE … FOR EACH ROW` trigger on a table that was there before this migration calls a function of the project that
ends in `RETURN NULL`, or for `UPDATE` in `RETURN OLD`. Where that depends on a condition it is a note.

## Harm

The row is not written, and nobody gets an error: the application believes that it is stored.

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

from rowkeep.domain.act import CreateTrigger, FrameKind, Returns
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.lock import LockMode
from rowkeep.domain.rule import Claim, Rule

RULE = Rule(
    __name__,
    code="D307",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    claims=(Claim("shipments", LockMode.SHARE_ROW_EXCLUSIVE),),
)


@RULE.on(CreateTrigger)
def check(act: CreateTrigger, context: Context) -> Iterator[Fault]:
    """A trigger whose function is known."""
    function = context.function(act.function)
    if function is None or act.timing != "BEFORE" or not act.per_row or context.is_new(act.table):
        return
    for answer in function.acts:
        if not isinstance(answer, Returns) or (answer.value == "old" and "UPDATE" not in act.events):
            continue
        sure = not answer.is_within(FrameKind.BRANCH, FrameKind.HANDLER, FrameKind.LOOP)
        if not sure and answer.value == "old":
            continue
        events = "UPDATE" if answer.value == "old" else " and ".join(act.events)
        yield Fault(
            act.span,
            f"{events} on {act.table} does nothing{'' if sure else ', under a condition'}, and nobody gets an error: "
            f"{act.function} answers {answer.value.upper()}",
            "-- in the function: RETURN NEW; or RAISE EXCEPTION",
            faint=not sure,
            doubtful=context.is_doubtful(act.table),
        )
        return
