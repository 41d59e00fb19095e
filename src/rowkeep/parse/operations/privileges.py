"""Roles and rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import Grant, GrantRole, Name, Operation, Role
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations.registry import Handler
from rowkeep.parse.operations.statement_options import object_kind, option_text, option_texts
from rowkeep.parse.reader import StatementReader, as_name, object_name


def grant(reader: StatementReader, node: Node, *, default: bool = False) -> Iterator[Operation]:
    """GRANT and REVOKE on objects."""
    privileges = [item["AccessPriv"].get("priv_name", "all").upper() for item in node.get("privileges", ())]
    yield Grant(
        reader.whole,
        reader.inside,
        bool(node.get("is_grant")),
        tuple(privileges) or ("ALL",),
        object_kind(node.get("objtype", "OBJECT_TABLE")),
        tuple(_object(reader, item) for item in node.get("objects", ())),
        _roles(node.get("grantees", ())),
        bool(node.get("grant_option")),
        node.get("targtype") == "ACL_TARGET_ALL_IN_SCHEMA",
        default,
        node.get("behavior") == "DROP_CASCADE",
    )


def _object(reader: StatementReader, item: Node) -> Name:
    return reader.name(item["RangeVar"]) if "RangeVar" in item else object_name(item)


def _roles(items: Iterable[Node]) -> tuple[Name, ...]:
    return tuple(_role(item["RoleSpec"]) for item in items)


def _role(spec: Node) -> Name:
    kind = spec.get("roletype", "")
    return as_name(spec["rolename"]) if "rolename" in spec else as_name(kind.removeprefix("ROLESPEC_").lower())


def default_privileges(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER DEFAULT PRIVILEGES."""
    yield from grant(reader, node["action"], default=True)


def grant_role(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """GRANT and REVOKE of roles."""
    roles = tuple(as_name(item["AccessPriv"].get("priv_name", "")) for item in node.get("granted_roles", ()))
    options = dict(option_texts(node.get("opt", ())))
    to = _roles(node.get("grantee_roles", ()))
    yield GrantRole(reader.whole, reader.inside, bool(node.get("is_grant")), roles, to, options.get("admin") == "true")


def create_role(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """CREATE ROLE, USER, GROUP."""
    yield Role(reader.whole, reader.inside, as_name(node["role"]), True, _role_options(node))


def alter_role(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER ROLE."""
    yield Role(reader.whole, reader.inside, _role(node["role"]), False, _role_options(node))


def alter_role_set(reader: StatementReader, node: Node) -> Iterator[Operation]:
    """ALTER ROLE … SET."""
    role = _role(node["role"]) if "role" in node else as_name("all")
    statement = node.get("setstmt", {})
    value = ", ".join(option_text(item) for item in statement.get("args", ()))
    name = statement.get("name", "all").lower()
    yield Role(reader.whole, reader.inside, role, False, setting=name, value=value)


_HASHED = compile_later(r"SCRAM-SHA-256\$|md5[0-9a-f]{32}$")


def _role_options(node: Node) -> tuple[tuple[str, str], ...]:
    """The options without a password's value, which must reach no report."""
    found = []
    for item in node.get("options", ()):
        element = item["DefElem"]
        name = element.get("defname", "").lower()
        value = option_text(element.get("arg")) if "arg" in element else "" if name == "password" else "true"
        if name == "password" and value:
            value = "hashed" if _HASHED.match(value) else "plain"
        found.append((name, value))
    return tuple(found)


HANDLERS: dict[str, Handler] = {
    "GrantStmt": grant,
    "AlterDefaultPrivilegesStmt": default_privileges,
    "GrantRoleStmt": grant_role,
    "CreateRoleStmt": create_role,
    "AlterRoleStmt": alter_role,
    "AlterRoleSetStmt": alter_role_set,
}
