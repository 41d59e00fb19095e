"""Record CREATE DOMAIN and ALTER DOMAIN in `SchemaState.domains`."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.context import Context
from rowkeep.domain.operation import AlterDomain, ConstraintKind, CreateDomain
from rowkeep.domain.schema.schema_state import KnownDomain


def create_domain(operation: CreateDomain, context: Context) -> None:
    """A domain inherits the constraints and the default of the domain that it is made of."""
    under = context.domain(operation.type)
    not_null = any(one.kind is ConstraintKind.NOT_NULL for one in operation.constraints)
    key = context.key(operation.domain)
    context.known.domains[key] = KnownDomain(
        key,
        operation.type,
        bool(operation.constraints) or (under is not None and under.is_constrained),
        not_null or (under is not None and under.is_not_null),
        operation.default or (under.default if under is not None else None),
        context.number,
    )


def alter_domain(operation: AlterDomain, context: Context) -> None:
    """Constraints come; that the last one goes cannot be known, so a constrained domain stays one."""
    key = context.key(operation.domain)
    domain = context.known.domains.get(key)
    if domain is None:
        return
    match operation.action:
        case "ADD CONSTRAINT":
            not_null = operation.constraint is not None and operation.constraint.kind is ConstraintKind.NOT_NULL
            domain = replace(domain, is_constrained=True, is_not_null=domain.is_not_null or not_null)
        case "SET NOT NULL":
            domain = replace(domain, is_constrained=True, is_not_null=True)
        case "DROP NOT NULL":
            domain = replace(domain, is_not_null=False)
        case "SET DEFAULT" | "DROP DEFAULT":
            domain = replace(domain, default=operation.default)
        case _:
            return
    context.known.domains[key] = domain
