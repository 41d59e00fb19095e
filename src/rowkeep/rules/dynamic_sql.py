"""SQL that is put together while it runs, so that nobody can know it beforehand.

## When

`EXECUTE` in PL/pgSQL runs a text that holds more than constants, names quoted with `%I` or `quote_ident()` and values
quoted with `%L` or `quote_literal()`; or a body is written in a language that Rowkeep does not read. What can be
folded to a text is judged as that text, and is no finding by itself.

## Harm

No analysis can tell what it does: it may drop what it should keep, depending on the rows that stand in production.
And a text that is joined without quoting breaks at the first odd name.

## Given

```sql
CREATE TABLE jobs (id bigint, command text);
```

## Unsafe

```sql
DO $$
DECLARE job record;
BEGIN
  FOR job IN SELECT command FROM jobs LOOP
    EXECUTE job.command;
  END LOOP;
END
$$;
```

## Safe

Write the statement down, or let only quoted names and values vary.

```sql
DO $$
DECLARE t regclass;
BEGIN
  FOR t IN SELECT oid::regclass FROM pg_class WHERE relname LIKE 'jobs%' LOOP
    EXECUTE format('COMMENT ON TABLE %s IS %L', t, 'kept');
  END LOOP;
END
$$;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import Opaque
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="D011",
    promise=Promise.DATA,
    severity=Severity.ERROR,
    peers=(
        "strong_migrations:execute",
        "online_migrations:execute",
        "pgfence:unanalyzable",
        "safe-migrate:opaque-dynamic-sql",
        "pg-schema-diff:HAS_UNTRACKABLE_DEPENDENCIES",
    ),
)


@RULE.on(Opaque)
def check(act: Opaque, context: Context) -> Iterator[Fault]:
    """Whatever the reader could not see through."""
    repair = "write the statement out, or EXECUTE format('… %I …', name) with every varying part as %I or %L"
    yield Fault(act.span, f"{act.what} cannot be judged: {act.why}", repair)
