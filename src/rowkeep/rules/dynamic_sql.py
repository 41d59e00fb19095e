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

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Opaque

RULE = Rule(
    __name__,
    code="D011",
    category=Category.DATA,
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
def check(operation: Opaque, context: Context) -> Iterator[Violation]:
    """Whatever the reader could not see through."""
    hint = "write the statement out, or EXECUTE format('… %I …', name) with every varying part as %I or %L"
    yield Violation(operation.span, f"{operation.what} cannot be judged: {operation.why}", hint)
