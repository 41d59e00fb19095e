"""New sessions get another search_path, or run as another role.

## When

`ALTER ROLE … SET` or `ALTER DATABASE … SET` (and `RESET`) of `search_path`, `role`, `session_authorization`,
`row_security`, `session_preload_libraries`, `local_preload_libraries` or `default_transaction_read_only`. Any other
variable of a whole database, or of `ALL` roles, is a note; timeouts and limits of one role are not findings.

## Harm

Nothing changes for open sessions, and everything for new ones: a bare name means another table, or calls somebody
else's function. It shows at the next restart of the application, long after the deploy.

## Given

```sql
CREATE ROLE shop_app;
```

## Unsafe

```sql
ALTER ROLE shop_app SET search_path = legacy, public;
```

## Safe

```sql
ALTER ROLE shop_app SET statement_timeout = '30s';
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import AlterObject, ObjectKind, Operation, Role

RULE = Rule(
    __name__,
    code="S311",
    category=Category.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-database-options", "squawk:ban-alter-role-options"),
)
_MEANING = {
    "search_path": "bare names mean other things",
    "role": "statements run as another role",
    "session_authorization": "statements run as another role",
    "row_security": "policies apply in another way",
    "session_preload_libraries": "other code is loaded",
    "local_preload_libraries": "other code is loaded",
    "default_transaction_read_only": "writes are refused, or allowed",
}


@RULE.on(Role)
def check_role(operation: Role, context: Context) -> Iterator[Violation]:
    """ALTER ROLE … SET, ALTER ROLE ALL SET."""
    if operation.setting:
        everybody = operation.role.name == "all"
        yield from _check_variable(
            operation, operation.setting, "every role" if everybody else str(operation.role), whole=everybody
        )


@RULE.on(AlterObject)
def check_database(operation: AlterObject, context: Context) -> Iterator[Violation]:
    """ALTER DATABASE … SET."""
    if operation.kind is ObjectKind.DATABASE and operation.action == "SET":
        for variable, _ in operation.options:
            yield from _check_variable(operation, variable, f"the database {operation.name}", whole=True)


def _check_variable(operation: Operation, variable: str, whose: str, *, whole: bool) -> Iterator[Violation]:
    if variable in _MEANING or whole:
        does = _MEANING.get(variable, f"{variable} has another value")
        message = f"{does} in every new session of {whose}"
        yield Violation(
            operation.span,
            message,
            f"-- where it is needed:\nSET LOCAL {variable} = <value>;",
            faint=variable not in _MEANING,
        )
