r"""A file that a migration includes cannot be read.

## When

`\i` or `\ir` names a file that does not exist, that lies outside of the project, that includes itself, or whose name
only psql knows (a variable, a program in backquotes). A file that can be read is checked in the place of the command,
and its findings point into it.

`\ir` starts from the directory of the file that contains it, `\i` from the directory in which you run `rowkeep`.

## Harm

Whatever is in the file runs with the migration, and nobody has checked it.

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
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule

RULE = Rule(__name__, code="D014", category=Category.DATA, severity=Severity.ERROR)

RULE.reports(Sentence("name a file of the project, or write its SQL into the migration"))
