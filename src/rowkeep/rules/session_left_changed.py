"""The migration leaves the session changed behind it.

## When

`SET ROLE` or `SET SESSION AUTHORIZATION` that nothing sets back before the end of the migration; a `SET` without
`LOCAL` of `search_path`, `TimeZone`, `row_security`, `default_tablespace` or the like is a note. `SET client_encoding`
or `SET NAMES` of another encoding than UTF-8 is a warning wherever it stands, with `LOCAL` too.

## Harm

Tools that use one session for all migrations (node-pg-migrate) write their record as another role, which may not be
allowed to, and run the next migration under another role or `search_path`: it makes its tables elsewhere. Rowkeep puts
everything back behind each migration. A file is UTF-8: under another `client_encoding` the server reads each of its
texts as other signs, and stores `ZÃ¼rich` for `Zürich`; Rowkeep refuses a file that ends so.

## Given

```sql
CREATE ROLE shop_owner;
```

## Unsafe

```sql
SET ROLE shop_owner;
CREATE TABLE IF NOT EXISTS imports (id bigint PRIMARY KEY);
```

## Safe

```sql
CREATE TABLE IF NOT EXISTS imports (id bigint PRIMARY KEY);
ALTER TABLE imports OWNER TO shop_owner;
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import SectionEnd, SetVariable

RULE = Rule(__name__, code="T301", category=Category.TRANSACTION, severity=Severity.WARNING)
_WHO = ("role", "session_authorization")
_HOW = (
    "search_path",
    "timezone",
    "row_security",
    "default_tablespace",
    "default_table_access_method",
    "datestyle",
    "intervalstyle",
    "bytea_output",
    "default_transaction_read_only",
)


@RULE.on(SectionEnd)
def check(operation: SectionEnd, context: Context) -> Iterator[Violation]:
    """What has been set and not set back."""
    left: dict[str, SetVariable] = {}
    for each in context.operations:
        if not isinstance(each, SetVariable) or each.is_stored:
            continue
        if each.value is None or (each.name in _WHO and each.value.lower() == "none"):
            gone = [each.name] if each.name != "all" else [name for name in left if name not in _WHO]
            for name in gone:
                left.pop(name, None)
        elif each.name == "client_encoding":
            if _garbles(each.value):
                says = f"texts of this file, which is UTF-8, are read as {each.value} from here on"
                yield Violation(each.span, says, "SET client_encoding = 'UTF8';")
        elif each.name in _WHO or (each.name in _HOW and not each.is_local):
            left[each.name] = each
    for each in left.values():
        who = each.name in _WHO
        does = f"acts as {each.value}" if who else f"has another {each.name}"
        hint = f"RESET {each.name.upper().replace('_', ' ')};" if who else f"SET LOCAL {each.name} = …;"
        yield Violation(each.span, f"the session {does} when the migration is over", hint, doubtful=not who)


def _garbles(encoding: str) -> bool:
    """Whether a client_encoding is another than the file's. PostgreSQL reads its name without case and signs."""
    plain = "".join(sign for sign in encoding.lower() if sign.isalnum())
    return plain not in ("utf8", "unicode", "default")
