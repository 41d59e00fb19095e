"""The same change without a stall, act by act."""

from __future__ import annotations

import re
from dataclasses import replace

from rowkeep.domain.act import (
    Act,
    AddColumn,
    AddConstraint,
    Constraint,
    ConstraintKind,
    CreateIndex,
    DetachPartition,
    DropObject,
    Name,
    Refresh,
    Reindex,
    SetNotNull,
)
from rowkeep.domain.finding import Edit, Finding
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.keywords import quoted
from rowkeep.rewrite.filled import filled
from rowkeep.rewrite.ground import Ground, default_name
from rowkeep.rewrite.recipe import Recipe, Step

_LONGEST = 63
_DEFERRABLE = r"(?P<defer>(?:\s+(?:NOT\s+)?DEFERRABLE)?(?:\s+INITIALLY\s+\w+)?)"


def online(act: Act, statement: Statement, findings: tuple[Finding, ...], told: Ground, major: int) -> Recipe | None:
    """How the act is done without a stall; None where that is not mechanical. major: the oldest server."""
    match act:
        case CreateIndex() if act.table.name in told.partitioned:
            return None
        case CreateIndex() | DropObject() | Reindex() | DetachPartition():
            edits = next((finding.edits for finding in findings if finding.edits), ())
            if isinstance(act, DropObject) and not act.if_exists:
                # Outside a transaction the drop stays done when the migration stops later.
                edits = tuple(replace(edit, text=f"{edit.text} IF EXISTS") for edit in edits)
            return Recipe(edits, outside=True) if edits and len(statement.acts) == 1 else None
        case Refresh():
            return _refresh(act, statement, told)
        case AddConstraint():
            return _constraint(act, statement, told, major)
        case AddColumn():
            return filled(act, statement, told)
        case SetNotNull():
            return _not_null(act, statement, told, major)
        case _:
            return None


def _refresh(act: Refresh, statement: Statement, told: Ground) -> Recipe | None:
    """A view that a unique index covers is filled beside its readers; a transaction may hold that."""
    found = re.match(r"REFRESH\s+MATERIALIZED\s+VIEW", statement.text, re.IGNORECASE)
    if found is None or act.concurrently or not act.with_data or act.view.name not in told.unique:
        return None
    at = statement.span.start + found.end()
    return Recipe((Edit(Span(at, at), " CONCURRENTLY"),))


def _constraint(act: AddConstraint, statement: Statement, told: Ground, major: int) -> Recipe | None:
    kind = act.constraint.kind
    if act.constraint.using_index is not None or act.constraint.not_valid:
        return None
    if kind in (ConstraintKind.FOREIGN_KEY, ConstraintKind.CHECK):
        return _unchecked(act, told, major)
    if kind is ConstraintKind.UNIQUE:
        return _unique(act, statement, told)
    return _key(act, statement, told) if kind is ConstraintKind.PRIMARY_KEY else None


def _unchecked(act: AddConstraint, told: Ground, major: int) -> Recipe | None:
    """NOT VALID now, and the rows checked in a later file."""
    constraint = act.constraint
    if constraint.kind is ConstraintKind.FOREIGN_KEY and act.table.name in told.partitioned and major < 18:
        return None
    name, first = _named(act.table, constraint, told)
    if not name:
        return None
    end = constraint.span.end
    step = Step(f"ALTER TABLE {act.table} VALIDATE CONSTRAINT {name};")
    return Recipe((*first, Edit(Span(end, end), " NOT VALID")), later=(step,), lasting=True)


def _named(table: Name, constraint: Constraint, told: Ground) -> tuple[str, tuple[Edit, ...]]:
    """The constraint's name as SQL writes it ('' where it cannot be foreseen), and the edit that says it."""
    if constraint.name is not None:
        return str(constraint.name), ()
    name = default_name(table, constraint)
    if not name or not told.is_free(name, 1):
        return "", ()
    start = constraint.span.start
    return quoted(name), (Edit(Span(start, start), f"CONSTRAINT {quoted(name)} "),)


def _not_null(act: SetNotNull, statement: Statement, told: Ground, major: int) -> Recipe | None:
    """A CHECK that is validated first makes SET NOT NULL instant; PostgreSQL 18 has NOT VALID for NOT NULL itself."""
    table, column = act.table, act.column
    if len(statement.acts) != 1 or not _is_only(statement, table, rf"ALTER\s+(?:COLUMN\s+)?{_word(column)}"
                                                r"\s+SET\s+NOT\s+NULL"):  # fmt: skip
        return None
    whole = statement.span
    if major >= 18:
        name = f"{table.name}_{column.name}_not_null"
        if len(name.encode()) > _LONGEST or not told.is_free(name):
            return None
        added = f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} NOT NULL {column} NOT VALID"
        step = Step(f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(name)};")
        return Recipe((Edit(whole, added),), later=(step,), lasting=True)
    check = _present(table, column, told)
    if not check:
        return None
    return Recipe(
        (Edit(whole, f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID"),),
        later=(
            Step(f"ALTER TABLE {table} VALIDATE CONSTRAINT {check};"),
            Step(f"{statement.text};\nALTER TABLE {table} DROP CONSTRAINT {check};"),
        ),
        lasting=True,
    )


def _unique(act: AddConstraint, statement: Statement, told: Ground) -> Recipe | None:
    """The index first, beside the writers; then the constraint takes it over."""
    found = _built(act, statement, told, "UNIQUE")
    if found is None:
        return None
    name, columns, defer = found
    built = f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {act.table} ({columns})"
    step = Step(f"ALTER TABLE {act.table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{defer};")
    return Recipe((Edit(statement.span, built),), outside=True, later=(step,))


def _key(act: AddConstraint, statement: Statement, told: Ground) -> Recipe | None:
    """As a unique constraint, and every column proven NOT NULL before, so that nothing is read under the lock."""
    found = _built(act, statement, told, r"PRIMARY\s+KEY")
    checks = [(column, _present(act.table, column, told)) for column in act.constraint.columns]
    if found is None or not all(check for _, check in checks):
        return None
    name, columns, defer = found
    table = act.table
    # Constraints of one table in one statement are checked in one scan.
    added = ", ".join(f"ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID" for column, check in checks)
    present = f"ALTER TABLE {table} {added}"
    valid = f"ALTER TABLE {table} {', '.join(f'VALIDATE CONSTRAINT {check}' for _, check in checks)};"
    last = [f"ALTER COLUMN {column} SET NOT NULL" for column, _ in checks]
    last.append(f"ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name}{defer}")
    dropped = ", ".join(f"DROP CONSTRAINT {check}" for _, check in checks)
    finish = f"ALTER TABLE {table} {', '.join(last)};\nALTER TABLE {table} {dropped};"
    built = f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} ({columns});"
    steps = (Step(valid), Step(built, outside=True), Step(finish))
    return Recipe((Edit(statement.span, present),), later=steps)


def _built(act: AddConstraint, statement: Statement, told: Ground, words: str) -> tuple[str, str, str] | None:
    """Name, columns and DEFERRABLE of a statement that is this constraint and nothing more."""
    constraint = act.constraint
    if act.table.name in told.partitioned or len(statement.acts) != 1 or not constraint.columns:
        return None
    said = rf"CONSTRAINT\s+{_word(constraint.name)}\s+" if constraint.name is not None else ""
    listed = r"\s*,\s*".join(_word(column) for column in constraint.columns)
    if not _is_only(statement, act.table, rf"ADD\s+{said}{words}\s*\(\s*{listed}\s*\){_DEFERRABLE}"):
        return None
    name, _ = _named(act.table, constraint, told)
    defer = re.search(_DEFERRABLE + r"\Z", statement.text, re.IGNORECASE)
    columns = ", ".join(str(column) for column in constraint.columns)
    return (name, columns, defer["defer"] if defer else "") if name else None


def _present(table: Name, column: Name, told: Ground) -> str:
    name = f"{table.name}_{column.name}_present"
    return quoted(name) if len(name.encode()) <= _LONGEST and told.is_free(name) else ""


def _word(name: Name) -> str:
    return re.escape(str(name))


def _is_only(statement: Statement, table: Name, rest: str) -> bool:
    """Whether a statement is ALTER TABLE with this one part, without comments, ONLY or other words."""
    pattern = rf"ALTER\s+TABLE\s+{_word(table)}\s+{rest}\s*"
    return re.fullmatch(pattern, statement.text, re.IGNORECASE) is not None
