"""The migration leaves the session changed.

## When

`SET ROLE` or `SET SESSION AUTHORIZATION` that nothing resets before the end of the migration; a `SET` without `LOCAL`
of `search_path`, `TimeZone`, `row_security`, `default_tablespace` or a similar variable is a note. `SET
client_encoding` or `SET NAMES` of an encoding other than UTF-8 is a warning anywhere, with `LOCAL` too.

## Harm

Tools that use one session for all migrations (node-pg-migrate) write their record as another role, which may not be
allowed to, and run the following migrations under another role or `search_path`, so that their tables end up
elsewhere. Rowkeep resets everything after each migration. Files are UTF-8: under another `client_encoding` the server
misreads their text, and stores `ZÃ¼rich` for `Zürich`; Rowkeep refuses a file that ends so.

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
    """Settings that nothing resets."""
    left: dict[str, SetVariable] = {}
    for setting in context.operations:
        if not isinstance(setting, SetVariable) or setting.is_stored:
            continue
        if setting.value is None or (setting.name in _WHO and setting.value.lower() == "none"):
            gone = [setting.name] if setting.name != "all" else [name for name in left if name not in _WHO]
            for name in gone:
                left.pop(name, None)
        elif setting.name == "client_encoding":
            if _garbles(setting.value):
                message = f"the server reads the text of this file, which is UTF-8, as {setting.value} from here on"
                yield Violation(setting.span, message, "SET client_encoding = 'UTF8';")
        elif setting.name in _WHO or (setting.name in _HOW and not setting.is_local):
            left[setting.name] = setting
    for setting in left.values():
        who = setting.name in _WHO
        does = f"acts as {setting.value}" if who else f"has another {setting.name}"
        hint = f"RESET {setting.name.upper().replace('_', ' ')};" if who else f"SET LOCAL {setting.name} = <value>;"
        yield Violation(setting.span, f"the session still {does} after the migration", hint, doubtful=not who)


def _garbles(encoding: str) -> bool:
    """Whether a client_encoding differs from the file's. PostgreSQL ignores case and punctuation in its name."""
    plain = "".join(character for character in encoding.lower() if character.isalnum())
    return plain not in ("utf8", "unicode", "default")
