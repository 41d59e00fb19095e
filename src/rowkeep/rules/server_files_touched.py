"""The migration reads or writes files of the database server.

## When

`COPY` with the name of a file, `lo_import()`, `lo_export()`, `pg_read_file()`, `pg_ls_dir()`, `pg_file_write()` and
their like. What only reads is one step softer.

## Harm

The file is on the server, not where the migration was written: it is another one in every environment, or none. It
needs rights that no migration should have; and a file that is written can be the server's own configuration.

## Given

```sql
CREATE TABLE countries (code text PRIMARY KEY);
```

## Unsafe

```sql
SELECT length(pg_read_file('PG_VERSION'));
```

## Safe

```sql
INSERT INTO countries (code) VALUES ('de'), ('fr') ON CONFLICT DO NOTHING;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import CallFunction, Copy

RULE = Rule(__name__, code="S314", category=Category.SECURITY, severity=Severity.ERROR)
_READ = (
    "pg_read_file",
    "pg_read_binary_file",
    "pg_ls_dir",
    "pg_stat_file",
    "pg_ls_logdir",
    "pg_ls_waldir",
    "lo_import",
)
_WRITE = ("lo_export", "pg_file_write", "pg_file_unlink", "pg_file_rename", "pg_file_sync")


@RULE.on(Copy)
def copy(operation: Copy, context: Context) -> Iterator[Violation]:
    """COPY with a file."""
    if operation.target and not operation.is_program:
        does = f"reads the file {operation.target}" if operation.is_from else f"writes the file {operation.target}"
        hint = "INSERT INTO … VALUES …;" if operation.is_from else "\\copy … (psql, on the client)"
        yield Violation(operation.span, f"{does} of the database server", hint, doubtful=operation.is_from)


@RULE.on(CallFunction)
def call(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A function that opens files."""
    name = operation.call.name.name
    if name in _READ or name in _WRITE:
        does = "reads" if name in _READ else "writes or removes"
        message = f"{name}() {does} files of the database server"
        yield Violation(operation.span, message, "INSERT INTO … VALUES …;", doubtful=name in _READ)
