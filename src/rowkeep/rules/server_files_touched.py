"""The migration reads or writes files of the database server.

## When

`COPY` with a file name, `lo_import()`, `lo_export()`, `pg_read_file()`, `pg_ls_dir()`, `pg_file_write()` or a similar
function. What only reads is one step softer.

## Harm

The file is on the server, not where the migration was written: it differs in every environment, or does not exist.
Access needs rights that no migration should have, and a file that is written can be the server's own configuration.

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
from rowkeep.domain.lint.hint import Sentence
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
_INSERT = "INSERT INTO <table> (<columns>) VALUES (<values>);"
_WRITE = ("lo_export", "pg_file_write", "pg_file_unlink", "pg_file_rename", "pg_file_sync")


@RULE.on(Copy)
def check_copy(operation: Copy, context: Context) -> Iterator[Violation]:
    """COPY with a file."""
    if operation.target and not operation.is_program:
        does = f"reads the file {operation.target}" if operation.is_from else f"writes the file {operation.target}"
        hint = _INSERT if operation.is_from else Sentence("use \\copy in psql, on the client")
        yield Violation(operation.span, f"{does} of the database server", hint, doubtful=operation.is_from)


@RULE.on(CallFunction)
def check_call(operation: CallFunction, context: Context) -> Iterator[Violation]:
    """A function that opens files."""
    name = operation.call.name.name
    if name in _READ or name in _WRITE:
        does = "reads" if name in _READ else "writes or deletes"
        message = f"{name}() {does} files of the database server"
        yield Violation(operation.span, message, _INSERT, doubtful=name in _READ)
