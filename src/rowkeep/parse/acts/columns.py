"""Columns and constraints as a CREATE or ALTER defines them."""

from __future__ import annotations

from dataclasses import replace

from rowkeep.domain.act import Column, Constraint, ConstraintKind, Expression, Generated, Name
from rowkeep.parse.compared import compares, either
from rowkeep.parse.expression import expression
from rowkeep.parse.library import Node
from rowkeep.parse.reader import Reader, named
from rowkeep.parse.tree import strings

CONSTRAINTS = {
    "CONSTR_CHECK": ConstraintKind.CHECK,
    "CONSTR_NOTNULL": ConstraintKind.NOT_NULL,
    "CONSTR_UNIQUE": ConstraintKind.UNIQUE,
    "CONSTR_PRIMARY": ConstraintKind.PRIMARY_KEY,
    "CONSTR_FOREIGN": ConstraintKind.FOREIGN_KEY,
    "CONSTR_EXCLUSION": ConstraintKind.EXCLUDE,
}
_ON_DELETE = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def column(reader: Reader, node: Node) -> Column:
    """A ColumnDef."""
    name = named(node.get("colname", ""))
    default: Expression | None = None
    generated = Generated.BY_USER
    constraints: list[Constraint] = []
    for item in node.get("constraints", ()):
        inner = item["Constraint"]
        match inner["contype"]:
            case "CONSTR_DEFAULT":
                default = expression(reader, inner["raw_expr"])
            case "CONSTR_IDENTITY":
                generated = Generated.IDENTITY
            case "CONSTR_GENERATED":
                virtual = inner.get("generated_kind") == "v"
                generated = Generated.VIRTUAL if virtual else Generated.STORED
                default = expression(reader, inner["raw_expr"])
            case "CONSTR_ATTR_DEFERRABLE" | "CONSTR_ATTR_DEFERRED" if constraints:
                pass
            case "CONSTR_ATTR_NOT_ENFORCED" if constraints:
                constraints[-1] = replace(constraints[-1], not_enforced=True)
            case kind if kind in CONSTRAINTS:
                constraints.append(constraint(reader, inner, name))
    kinds = {one.kind for one in constraints}
    needs_value = {ConstraintKind.NOT_NULL, ConstraintKind.PRIMARY_KEY} & kinds
    return Column(
        name,
        reader.extent(node.get("location")),
        reader.type(node["typeName"]) if "typeName" in node else None,
        default,
        bool(needs_value) or generated is Generated.IDENTITY,
        generated,
        tuple(constraints),
    )


def constraint(reader: Reader, node: Node, column: Name | None = None) -> Constraint:
    """A Constraint node; `column` where it is written at one."""
    kind = CONSTRAINTS[node["contype"]]
    check = None
    if "raw_expr" in node:
        tree = node["raw_expr"]
        check = replace(expression(reader, tree), compares=compares(tree), either=either(tree))
    keys = strings(node.get("fk_attrs") or node.get("keys"))
    columns = tuple(named(key) for key in keys) or ((column,) if column else ())
    if kind is ConstraintKind.CHECK and check is not None and column is None:
        columns = tuple(named(each) for each in check.columns)
    if kind is ConstraintKind.EXCLUDE:
        elements = (item["List"]["items"][0]["IndexElem"] for item in node.get("exclusions", ()))
        columns = tuple(named(each["name"]) for each in elements if "name" in each)
    # The parser keeps "initially valid" for a CHECK and a foreign key, and only skip_validation for the latter.
    not_valid = bool(node.get("skip_validation"))
    return Constraint(
        kind,
        reader.extent(node.get("location")),
        named(node["conname"]) if "conname" in node else None,
        columns,
        reader.name(node["pktable"]) if "pktable" in node else None,
        tuple(named(each) for each in strings(node.get("pk_attrs"))),
        named(node["indexname"]) if "indexname" in node else None,
        check,
        not_valid,
        node.get("is_enforced") is False,
        bool(node.get("deferrable")),
        _ON_DELETE.get(node.get("fk_del_action", ""), ""),
        bool(node.get("is_no_inherit")),
    )
