"""Columns and constraints as a CREATE or ALTER defines them."""

from __future__ import annotations

from rowkeep.domain.frozen import replace
from rowkeep.domain.operation import Column, Constraint, ConstraintKind, Expression, Generated, Name
from rowkeep.parse.conditions.comparisons import conjunct_comparisons, disjunct_comparisons
from rowkeep.parse.expression import expression
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader, as_name
from rowkeep.parse.tree import string_values

CONSTRAINTS = {
    "CONSTR_CHECK": ConstraintKind.CHECK,
    "CONSTR_NOTNULL": ConstraintKind.NOT_NULL,
    "CONSTR_UNIQUE": ConstraintKind.UNIQUE,
    "CONSTR_PRIMARY": ConstraintKind.PRIMARY_KEY,
    "CONSTR_FOREIGN": ConstraintKind.FOREIGN_KEY,
    "CONSTR_EXCLUSION": ConstraintKind.EXCLUDE,
}
_ON_DELETE = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def column(reader: StatementReader, node: Node) -> Column:
    """A ColumnDef."""
    name = as_name(node.get("colname", ""))
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


def constraint(reader: StatementReader, node: Node, column: Name | None = None) -> Constraint:
    """A Constraint node; column: if it is written at one."""
    kind = CONSTRAINTS[node["contype"]]
    check = None
    if "raw_expr" in node:
        tree = node["raw_expr"]
        check = replace(
            expression(reader, tree), compares=conjunct_comparisons(tree), either=disjunct_comparisons(tree)
        )
    keys = string_values(node.get("fk_attrs") or node.get("keys"))
    columns = tuple(as_name(key) for key in keys) or ((column,) if column else ())
    if kind is ConstraintKind.CHECK and check is not None and column is None:
        columns = tuple(as_name(each) for each in check.columns)
    if kind is ConstraintKind.EXCLUDE:
        elements = (item["List"]["items"][0]["IndexElem"] for item in node.get("exclusions", ()))
        columns = tuple(as_name(each["name"]) for each in elements if "name" in each)
    # The parser keeps "initially valid" for a CHECK and a foreign key, and only skip_validation for the latter.
    not_valid = bool(node.get("skip_validation"))
    return Constraint(
        kind,
        reader.extent(node.get("location")),
        as_name(node["conname"]) if "conname" in node else None,
        columns,
        reader.name(node["pktable"]) if "pktable" in node else None,
        tuple(as_name(each) for each in string_values(node.get("pk_attrs"))),
        as_name(node["indexname"]) if "indexname" in node else None,
        check,
        not_valid,
        node.get("is_enforced") is False,
        bool(node.get("deferrable")),
        _ON_DELETE.get(node.get("fk_del_action", ""), ""),
        bool(node.get("is_no_inherit")),
    )
