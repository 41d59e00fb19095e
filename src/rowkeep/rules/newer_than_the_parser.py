"""A statement that is newer than Rowkeep's parser.

## When

The grammar of PostgreSQL 18 refuses a statement, and its words are those of a statement of PostgreSQL 19: `REPACK`,
`MERGE PARTITIONS` and `SPLIT PARTITION`, `ON CONFLICT DO SELECT`, `FOR PORTION OF`, property graphs, `WAIT FOR`. It is
an error where the migration must also run on an older server, because it fails there, and where it blocks the
application; otherwise it is a warning.

## Harm

Rowkeep recognizes the statement but has not checked what it does: there is no parser of PostgreSQL 19 yet. The message
says what is known about its locks. The other statements of the file are checked as always.

## Unsafe

```sql
REPACK (CONCURRENTLY) orders;
```

```sql
ALTER TABLE measures MERGE PARTITIONS (measures_1, measures_2) INTO measures_half;
```

```sql
DO $$
BEGIN
  UPDATE prices FOR PORTION OF valid FROM '2027-01-01' TO '2028-01-01' SET amount = 7 WHERE item = 3;
END
$$;
```

## Safe

Read it yourself, and allow it with the reason.

```sql
-- rowkeep: allow newer-than-the-parser because every server is a 19, and the table is read by hand only
REPACK (CONCURRENTLY) orders;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import suggest_allow
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import OfNewerMajor

RULE = Rule(__name__, code="T610", category=Category.TRANSACTION, severity=Severity.ERROR, stored=True)


@RULE.on(OfNewerMajor)
def check(operation: OfNewerMajor, context: Context) -> Iterator[Violation]:
    """A statement that was recognized by its words."""
    early = context.major < operation.major
    fails = f"; it fails before {operation.major}" if early else ""
    yield Violation(
        operation.span,
        f"{operation.what}: PostgreSQL {operation.major}, not checked; it {operation.locks}{fails}",
        suggest_allow("read the statement yourself; when it is safe", RULE.name),
        doubtful=not early and not operation.heavy,
    )
