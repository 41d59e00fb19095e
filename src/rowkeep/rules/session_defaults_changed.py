"""New sessions find another search_path, or run as somebody else.

## When

`ALTER ROLE … SET` or `ALTER DATABASE … SET` (and `RESET`) of `search_path`, `role`, `session_authorization`,
`row_security`, `session_preload_libraries`, `local_preload_libraries` or `default_transaction_read_only`. Any other
variable of a whole database, or of `ALL` roles, is a note; timeouts and limits of one role are no finding.

## Harm

Nothing changes for the sessions that are open, and everything for the next ones: a bare name means another table, a
function of somebody else is called. It shows after the next restart of the application, long after the deploy.

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

from rowkeep.domain.act import Act, AlterObject, ObjectKind, Role
from rowkeep.domain.context import Context
from rowkeep.domain.finding import Fault, Promise, Severity
from rowkeep.domain.rule import Rule

RULE = Rule(
    __name__,
    code="S311",
    promise=Promise.SECURITY,
    severity=Severity.ERROR,
    peers=("squawk:ban-alter-database-options", "squawk:ban-alter-role-options"),
)
_MEANING = {
    "search_path": "bare names mean other things",
    "role": "statements run as another role",
    "session_authorization": "statements run as another role",
    "row_security": "policies are asked in another way",
    "session_preload_libraries": "other code is loaded",
    "local_preload_libraries": "other code is loaded",
    "default_transaction_read_only": "writes are refused, or allowed",
}


@RULE.on(Role)
def role(act: Role, context: Context) -> Iterator[Fault]:
    """ALTER ROLE … SET, ALTER ROLE ALL SET."""
    if act.setting:
        everybody = act.role.name == "all"
        yield from _found(act, act.setting, "every role" if everybody else str(act.role), whole=everybody)


@RULE.on(AlterObject)
def database(act: AlterObject, context: Context) -> Iterator[Fault]:
    """ALTER DATABASE … SET."""
    if act.kind is ObjectKind.DATABASE and act.action == "SET":
        for variable, _ in act.options:
            yield from _found(act, variable, f"the database {act.name}", whole=True)


def _found(act: Act, variable: str, whose: str, *, whole: bool) -> Iterator[Fault]:
    if variable in _MEANING or whole:
        does = _MEANING.get(variable, f"{variable} is another")
        message = f"{does} in every new session of {whose}"
        yield Fault(
            act.span, message, f"SET LOCAL {variable} = …; (where it is needed)", faint=variable not in _MEANING
        )
