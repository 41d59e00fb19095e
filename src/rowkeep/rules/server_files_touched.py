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

from rowkeep.domain.act import CallFunction, Copy
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(__name__, code="S314", promise=Promise.SECURITY, severity=Severity.ERROR)
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
def copy(act: Copy, context: Context) -> Iterator[Fault]:
    """COPY with a file."""
    if act.target and not act.is_program:
        does = f"reads the file {act.target}" if act.is_from else f"writes the file {act.target}"
        repair = "INSERT INTO … VALUES …;" if act.is_from else "\\copy … (psql, on the client)"
        yield Fault(act.span, f"{does} of the database server", repair, doubtful=act.is_from)


@RULE.on(CallFunction)
def call(act: CallFunction, context: Context) -> Iterator[Fault]:
    """A function that opens files."""
    name = act.call.name.name
    if name in _READ or name in _WRITE:
        does = "reads" if name in _READ else "writes or removes"
        message = f"{name}() {does} files of the database server"
        yield Fault(act.span, message, "INSERT INTO … VALUES …;", doubtful=name in _READ)
