"""For each kind of operation: how to do the same without blocking the application."""

from __future__ import annotations

import re

from rowkeep.domain.frozen import replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.lint.finding import Finding, TextEdit
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    Constraint,
    ConstraintKind,
    CreateIndex,
    DetachPartition,
    DropObject,
    Name,
    Operation,
    Refresh,
    Reindex,
    SetNotNull,
)
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Statement
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.rewrite.backfill import backfilled_column
from rowkeep.rewrite.clause import Clause, find_clause, head_of, without_comments
from rowkeep.rewrite.naming import default_index, default_name, free_name, generated_name
from rowkeep.rewrite.recipe import Recipe, RecipeStep, enforcing, present, validate_step
from rowkeep.rewrite.schema_before import SchemaBefore

_WORD = r'(?:"(?:[^"]|"")+"|[^\s"(),;]+)'
_INDEXED = compile_later(
    rf"""ADD\s+(?:CONSTRAINT\s+{_WORD}\s+)?(?:UNIQUE|PRIMARY\s+KEY)(?P<nulls>\s+NULLS\s+(?:NOT\s+)?DISTINCT)?
    \s*\((?P<columns>\s*{_WORD}(?:\s*,\s*{_WORD})*\s*)\)(?P<include>\s*INCLUDE\s*\([^()]*\))?
    (?P<storage>\s*WITH\s*\([^()]*\))?(?:\s*USING\s+INDEX\s+TABLESPACE\s+(?P<space>{_WORD}))?
    (?P<defer>(?:\s+(?:NOT\s+)?DEFERRABLE)?(?:\s+INITIALLY\s+\w+)?)\s*""",
    re.IGNORECASE | re.VERBOSE,
)


def online_recipe(
    operation: Operation, statement: Statement, findings: tuple[Finding, ...], schema_before: SchemaBefore, major: int
) -> Recipe | None:
    """The steps that do the same without blocking; None where a program cannot tell them. major: the oldest server."""
    match operation:
        case CreateIndex() if operation.table.name in schema_before.partitioned:
            return None
        case CreateIndex() | DropObject() | Reindex() | DetachPartition():
            edits = next((finding.edits for finding in findings if finding.edits), ())
            if isinstance(operation, DropObject) and not operation.if_exists:
                # Outside a transaction the drop stays done when the migration stops later.
                edits = tuple(replace(edit, text=f"{edit.text} IF EXISTS") for edit in edits)
            if not edits or len(statement.operations) != 1:
                return None
            back = _unbuilt(operation, schema_before) if isinstance(operation, CreateIndex) else ""
            return Recipe(edits, outside=True, back=back, replaces=bool(back))
        case Refresh():
            return _refresh(operation, statement, schema_before)
        case AddConstraint():
            return _constraint(operation, statement, schema_before, major)
        case AddColumn():
            return backfilled_column(operation, statement, schema_before)
        case SetNotNull():
            return _not_null(operation, statement, schema_before, major)
        case _:
            return None


def _refresh(operation: Refresh, statement: Statement, schema_before: SchemaBefore) -> Recipe | None:
    """A view that a unique index covers is filled beside its readers; a transaction may hold that."""
    found = re.match(r"REFRESH\s+MATERIALIZED\s+VIEW", statement.text, re.IGNORECASE)
    if (
        found is None
        or operation.concurrently
        or not operation.with_data
        or operation.view.name not in schema_before.unique
    ):
        return None
    at = statement.span.start + found.end()
    return Recipe((TextEdit(Span(at, at), " CONCURRENTLY"),))


def _constraint(
    operation: AddConstraint, statement: Statement, schema_before: SchemaBefore, major: int
) -> Recipe | None:
    kind = operation.constraint.kind
    if operation.constraint.using_index is not None or operation.constraint.not_valid:
        return None
    if kind in (ConstraintKind.FOREIGN_KEY, ConstraintKind.CHECK):
        return _skip_check(operation, statement, schema_before, major)
    if kind is ConstraintKind.UNIQUE:
        return _unique(operation, statement, schema_before)
    return _key(operation, statement, schema_before) if kind is ConstraintKind.PRIMARY_KEY else None


def _skip_check(
    operation: AddConstraint, statement: Statement, schema_before: SchemaBefore, major: int
) -> Recipe | None:
    """NOT VALID now, and the rows checked in a later file."""
    constraint = operation.constraint
    if (
        constraint.kind is ConstraintKind.FOREIGN_KEY
        and operation.table.name in schema_before.partitioned
        and major < 18
    ):
        return None
    name, first = _constraint_of_name(operation.table, constraint, schema_before)
    head = head_of(statement)
    if not name or head is None:
        return None
    end = constraint.span.end
    text = statement.source.text
    own = without_comments(text, constraint.span.start, end)
    words = f"CONSTRAINT {name} " if first else ""
    added = f"{without_comments(text, operation.span.start, constraint.span.start)} {words}{own} NOT VALID"
    return Recipe(
        (*first, TextEdit(Span(end, end), " NOT VALID")),
        later=(validate_step(head, (name, added)),),
        lasting=True,
        fallback=f"{head} DROP CONSTRAINT IF EXISTS {name};",
    )


def _unbuilt(operation: CreateIndex, schema_before: SchemaBefore) -> str:
    """What undoes CREATE INDEX; '' where its name cannot be foreseen."""
    name = quote_name(operation.index.name) if operation.index is not None else ""
    if not name:
        chosen = default_index(operation)
        name = quote_name(chosen) if chosen and schema_before.is_free(chosen, 1) else ""
    return f"DROP INDEX CONCURRENTLY IF EXISTS {_in_schema(operation.table, name)};" if name else ""


def _in_schema(table: Name, name: str) -> str:
    """The name of an index, which lies in the schema of its table."""
    return f"{quote_name(table.schema)}.{name}" if table.schema else name


def _constraint_of_name(
    table: Name, constraint: Constraint, schema_before: SchemaBefore
) -> tuple[str, tuple[TextEdit, ...]]:
    """The constraint's name as SQL writes it ('' where it cannot be foreseen), and the edit that says it."""
    if constraint.name is not None:
        return str(constraint.name), ()
    name = default_name(table, constraint)
    if not name or not schema_before.is_free(name, 1):
        return "", ()
    start = constraint.span.start
    return quote_name(name), (TextEdit(Span(start, start), f"CONSTRAINT {quote_name(name)} "),)


def _not_null(operation: SetNotNull, statement: Statement, schema_before: SchemaBefore, major: int) -> Recipe | None:
    """A CHECK that is validated first makes SET NOT NULL instant; PostgreSQL 18 has NOT VALID for NOT NULL itself."""
    column, only = operation.column, find_clause(statement, operation)
    if only is None:
        return None
    head, whole = only.head, statement.span
    if major >= 18:
        name = generated_name(operation.table.name, column.name, "not_null")
        if not schema_before.is_free(name):
            return None
        added = only.with_comments(f"{head} ADD CONSTRAINT {quote_name(name)} NOT NULL {column} NOT VALID")
        clause_ = f"ADD CONSTRAINT {quote_name(name)} NOT NULL {column} NOT VALID"
        return Recipe(
            (TextEdit(whole, added),),
            later=(validate_step(head, (quote_name(name), clause_)),),
            lasting=True,
            back=f"{head} ALTER COLUMN {column} DROP NOT NULL;",
            replaces=True,
        )
    check = _present(operation.table, column, schema_before)
    added = f"ADD {present(check, str(column))}"
    return Recipe(
        (TextEdit(whole, only.with_comments(f"{head} {added}")),),
        later=(validate_step(head, (check, added)), enforcing(head, [(check, str(column))], only.text)),
        lasting=True,
        back=f"{head} DROP CONSTRAINT IF EXISTS {check};",
        replaces=True,
    )


def _unique(operation: AddConstraint, statement: Statement, schema_before: SchemaBefore) -> Recipe | None:
    """The index first, beside the writers; then the constraint takes it over."""
    found = _split_index_constraint(operation, statement, schema_before)
    if found is None:
        return None
    only, name, index, defer = found
    step = RecipeStep(
        f"{only.head} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{defer};",
        back=f"{only.head} DROP CONSTRAINT IF EXISTS {name};\n{index};",
        back_outside=True,
    )
    return Recipe(
        (TextEdit(statement.span, only.with_comments(index)),),
        outside=True,
        later=(step,),
        back=f"DROP INDEX CONCURRENTLY IF EXISTS {_in_schema(operation.table, name)};",
        replaces=True,
    )


def _key(operation: AddConstraint, statement: Statement, schema_before: SchemaBefore) -> Recipe | None:
    """As a unique constraint, and every column proven NOT NULL before, so that nothing is read under the lock."""
    found = _split_index_constraint(operation, statement, schema_before)
    if found is None:
        return None
    only, name, index, defer = found
    head = only.head
    checks = [
        (_present(operation.table, column, schema_before), str(column)) for column in operation.constraint.columns
    ]
    # Constraints of one table in one statement are checked in one scan.
    added = ", ".join(f"ADD {present(check, column)}" for check, column in checks)
    valid = validate_step(head, *((check, f"ADD {present(check, column)}") for check, column in checks))
    last = [f"ALTER COLUMN {column} SET NOT NULL" for _, column in checks]
    last.append(f"ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name}{defer}")
    finish = enforcing(head, checks, ", ".join(last), f"{head} DROP CONSTRAINT IF EXISTS {name};\n{index};")
    built = RecipeStep(
        f"{index};", outside=True, back=f"DROP INDEX CONCURRENTLY IF EXISTS {_in_schema(operation.table, name)};"
    )
    return Recipe(
        (TextEdit(statement.span, only.with_comments(f"{head} {added}")),),
        later=(valid, built, replace(finish, head="")),
        back="\n".join(f"{head} DROP CONSTRAINT IF EXISTS {check};" for check, _ in checks),
        replaces=True,
    )


def _split_index_constraint(
    operation: AddConstraint, statement: Statement, schema_before: SchemaBefore
) -> tuple[Clause, str, str, str] | None:
    """The clause, the constraint's name, its index, and how it is deferred; of a statement that is nothing more.

    None where the table may be absent: CREATE INDEX has no word for that.
    """
    constraint, only = operation.constraint, find_clause(statement, operation)
    if only is None or only.if_exists or operation.table.name in schema_before.partitioned or not constraint.columns:
        return None
    said = _INDEXED.fullmatch(only.text)
    name, _ = _constraint_of_name(operation.table, constraint, schema_before)
    # An index without a name has its INCLUDE columns in the one that PostgreSQL gives it.
    if said is None or not name or (constraint.name is None and said["include"]):
        return None
    words = (said["include"], said["nulls"], said["storage"], said["space"] and f"TABLESPACE {said['space']}")
    tail = "".join(f" {' '.join(word.split())}" for word in words if word)
    index = (
        f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {operation.table} ({said['columns'].strip()}){tail}"
    )
    return only, name, index, said["defer"]


def _present(table: Name, column: Name, schema_before: SchemaBefore) -> str:
    """A name for a CHECK that holds only until the column is NOT NULL."""
    return quote_name(free_name(table.name, column.name, "present", schema_before.is_free))
