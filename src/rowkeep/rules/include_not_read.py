r"""A file that a migration includes cannot be read, so nobody knows what it does.

## When

`\i` or `\ir` names a file that is not there, that lies outside of the project, that includes itself, or whose name
only psql knows (a variable, a program in backquotes). A file that can be read is judged in the place of the command,
and its findings stand at their places in it.

`\ir` starts from the file that it stands in, `\i` from the directory in which `rowkeep` is run.

## Harm

Whatever stands in the file runs with the migration, and nobody has looked at it.

## Unsafe

```sql
\ir ../shared/not-there.sql
```

## Safe

Write the SQL itself into the migration.

```sql
SELECT 1;
```
"""

from __future__ import annotations

from rowkeep.domain.lint.finding import Category, Severity
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="D014", category=Category.DATA, severity=Severity.ERROR)

RULE.reports("name a file of the project, or write its SQL into the migration")
