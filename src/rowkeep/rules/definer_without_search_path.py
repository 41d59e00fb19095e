"""A SECURITY DEFINER function resolves its names by the search_path of its caller.

## When

`CREATE FUNCTION` or `CREATE PROCEDURE … SECURITY DEFINER`, or `ALTER FUNCTION … SECURITY DEFINER`, without `SET
search_path`, or with `"$user"` in it. A path that does not end in `pg_temp`, which is otherwise searched first, is a
note. A body in `BEGIN ATOMIC` is already bound to its tables and is not a finding.

## Harm

The function runs with the rights of its owner, but the caller chooses the `search_path`. Whoever can create a
temporary table with the name of one that the function reads decides what it sees, and what it does as its owner
(CVE-2018-1058).

## Given

```sql
CREATE TABLE customers (id bigint PRIMARY KEY, email text);
CREATE FUNCTION touch_customer() RETURNS void LANGUAGE sql AS 'SELECT 1';
```

## Unsafe

```sql
CREATE OR REPLACE FUNCTION customer_exists(address text) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM customers WHERE email = address)
$$;
```

```sql
ALTER FUNCTION touch_customer() SECURITY DEFINER;
```

## Safe

```sql
CREATE OR REPLACE FUNCTION customer_exists(address text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM customers WHERE email = address)
$$;
REVOKE ALL ON FUNCTION customer_exists(text) FROM PUBLIC;
```
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterFunction, CreateFunction, Name, Operation
from rowkeep.knowledge.forms.keywords import quote_name

RULE = Rule(
    __name__,
    code="S306",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("splinter:function_search_path_mutable",),
)
_OPTION = "search_path = "


@RULE.on(CreateFunction)
def check_create(operation: CreateFunction, context: Context) -> Iterator[Violation]:
    """A function that is created so."""
    if (
        not operation.security_definer
        or operation.is_atomic
        or _is_set_by(context.later(AlterFunction), operation.function, context)
    ):
        return
    path = operation.search_path
    kind = "PROCEDURE" if operation.is_procedure else "FUNCTION"
    hint = f"ALTER {kind} {operation.function} SET search_path = {_pin_path(path or 'public')};"
    if path is None:
        yield Violation(operation.span, _describe(operation.function), hint)
    elif "$user" in path:
        yield Violation(
            operation.span, f"{operation.function} runs as its owner, but searches the schema of its caller", hint
        )
    elif path and "pg_temp" not in path and path != "pg_catalog":
        message = f"{operation.function} runs as its owner, and finds temporary tables of its caller first"
        yield Violation(operation.span, message, hint, faint=True)


@RULE.on(AlterFunction)
def check_alter(operation: AlterFunction, context: Context) -> Iterator[Violation]:
    """A function that becomes so."""
    if dict(operation.options).get("security") != "true":
        return
    own = any(value.startswith(_OPTION) for name, value in operation.options if name == "set")
    is_set_before = any(
        isinstance(other, CreateFunction)
        and other.search_path is not None
        and context.same(other.function, operation.function)
        for other in context.earlier(CreateFunction)
    )
    if (
        not own
        and not is_set_before
        and not _is_set_by(
            (*context.earlier(AlterFunction), *context.later(AlterFunction)), operation.function, context
        )
    ):
        hint = f"ALTER FUNCTION {operation.function} SECURITY DEFINER SET search_path = public, pg_temp;"
        yield Violation(operation.span, _describe(operation.function), hint)


def _describe(function: Name) -> str:
    return f"{function} runs as its owner, but the search_path of its caller decides what its names mean"


def _pin_path(path: str) -> str:
    """The schemas of a search_path without the caller's own, and `pg_temp` last."""
    names = [name.strip().strip('"') for name in path.split(",")]
    return ", ".join([*(quote_name(name) for name in names if name not in ("", "$user", "pg_temp")), "pg_temp"])


def _is_set_by(operations: Iterable[Operation], function: Name, context: Context) -> bool:
    """Whether an ALTER FUNCTION of the same migration pins the path."""
    return any(
        isinstance(other, AlterFunction)
        and context.same(other.function, function)
        and any(value.startswith(_OPTION) for name, value in other.options if name == "set")
        for other in operations
    )
