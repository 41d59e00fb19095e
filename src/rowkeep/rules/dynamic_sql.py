"""SQL that is built at run time, so that nobody can check it beforehand.

## When

`EXECUTE` in PL/pgSQL runs a text that contains more than constants, names quoted with `%I` or `quote_ident()` and
values quoted with `%L` or `quote_literal()`; or a body is written in a language that Rowkeep does not read. If the
text can be computed from constants, it is checked as that text, and is not a finding by itself.

## Harm

No analysis can tell what it does: depending on the rows in production it may drop what it should keep. And a text that
is joined without quoting breaks at the first unusual name.

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

Write the statement out, or let only quoted names and values vary.

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
from rowkeep.domain.lint.hint import Sentence
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
    """Code that Rowkeep could not read."""
    hint = Sentence("write the statement out, or use EXECUTE format(…) with %I or %L for every part that varies")
    yield Violation(operation.span, f"{operation.what} cannot be analyzed: {operation.why}", hint)
