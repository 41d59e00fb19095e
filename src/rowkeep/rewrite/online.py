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
from rowkeep.rewrite.clause import Clause, bare, clause, head_of
from rowkeep.rewrite.filled import filled
from rowkeep.rewrite.ground import Ground
from rowkeep.rewrite.naming import default_index, default_name, free_name, made_name
from rowkeep.rewrite.recipe import Recipe, Step, enforcing, present, validating

_WORD = r'(?:"(?:[^"]|"")+"|[^\s"(),;]+)'
_INDEXED = re.compile(
    rf"""ADD\s+(?:CONSTRAINT\s+{_WORD}\s+)?(?:UNIQUE|PRIMARY\s+KEY)(?P<nulls>\s+NULLS\s+(?:NOT\s+)?DISTINCT)?
    \s*\((?P<columns>\s*{_WORD}(?:\s*,\s*{_WORD})*\s*)\)(?P<include>\s*INCLUDE\s*\([^()]*\))?
    (?P<storage>\s*WITH\s*\([^()]*\))?(?:\s*USING\s+INDEX\s+TABLESPACE\s+(?P<space>{_WORD}))?
    (?P<defer>(?:\s+(?:NOT\s+)?DEFERRABLE)?(?:\s+INITIALLY\s+\w+)?)\s*""",
    re.IGNORECASE | re.VERBOSE,
)


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
            if not edits or len(statement.acts) != 1:
                return None
            back = _unbuilt(act, told) if isinstance(act, CreateIndex) else ""
            return Recipe(edits, outside=True, back=back, replaces=bool(back))
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
        return _unchecked(act, statement, told, major)
    if kind is ConstraintKind.UNIQUE:
        return _unique(act, statement, told)
    return _key(act, statement, told) if kind is ConstraintKind.PRIMARY_KEY else None


def _unchecked(act: AddConstraint, statement: Statement, told: Ground, major: int) -> Recipe | None:
    """NOT VALID now, and the rows checked in a later file."""
    constraint = act.constraint
    if constraint.kind is ConstraintKind.FOREIGN_KEY and act.table.name in told.partitioned and major < 18:
        return None
    name, first = _named(act.table, constraint, told)
    head = head_of(statement)
    if not name or head is None:
        return None
    end = constraint.span.end
    text = statement.source.text
    own = bare(text, constraint.span.start, end)
    words = f"CONSTRAINT {name} " if first else ""
    added = f"{bare(text, act.span.start, constraint.span.start)} {words}{own} NOT VALID"
    return Recipe(
        (*first, Edit(Span(end, end), " NOT VALID")),
        later=(validating(head, (name, added)),),
        lasting=True,
        fallback=f"{head} DROP CONSTRAINT IF EXISTS {name};",
    )


def _unbuilt(act: CreateIndex, told: Ground) -> str:
    """What undoes CREATE INDEX; '' where its name cannot be foreseen."""
    name = quoted(act.index.name) if act.index is not None else ""
    if not name:
        chosen = default_index(act)
        name = quoted(chosen) if chosen and told.is_free(chosen, 1) else ""
    return f"DROP INDEX CONCURRENTLY IF EXISTS {_in_schema(act.table, name)};" if name else ""


def _in_schema(table: Name, name: str) -> str:
    """The name of an index, which lies in the schema of its table."""
    return f"{quoted(table.schema)}.{name}" if table.schema else name


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
    column, only = act.column, clause(statement, act)
    if only is None:
        return None
    head, whole = only.head, statement.span
    if major >= 18:
        name = made_name(act.table.name, column.name, "not_null")
        if not told.is_free(name):
            return None
        added = only.led(f"{head} ADD CONSTRAINT {quoted(name)} NOT NULL {column} NOT VALID")
        clause_ = f"ADD CONSTRAINT {quoted(name)} NOT NULL {column} NOT VALID"
        return Recipe(
            (Edit(whole, added),),
            later=(validating(head, (quoted(name), clause_)),),
            lasting=True,
            back=f"{head} ALTER COLUMN {column} DROP NOT NULL;",
            replaces=True,
        )
    check = _present(act.table, column, told)
    added = f"ADD {present(check, str(column))}"
    return Recipe(
        (Edit(whole, only.led(f"{head} {added}")),),
        later=(validating(head, (check, added)), enforcing(head, [(check, str(column))], only.text)),
        lasting=True,
        back=f"{head} DROP CONSTRAINT IF EXISTS {check};",
        replaces=True,
    )


def _unique(act: AddConstraint, statement: Statement, told: Ground) -> Recipe | None:
    """The index first, beside the writers; then the constraint takes it over."""
    found = _built(act, statement, told)
    if found is None:
        return None
    only, name, index, defer = found
    step = Step(
        f"{only.head} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}{defer};",
        back=f"{only.head} DROP CONSTRAINT IF EXISTS {name};\n{index};",
        back_outside=True,
    )
    return Recipe(
        (Edit(statement.span, only.led(index)),),
        outside=True,
        later=(step,),
        back=f"DROP INDEX CONCURRENTLY IF EXISTS {_in_schema(act.table, name)};",
        replaces=True,
    )


def _key(act: AddConstraint, statement: Statement, told: Ground) -> Recipe | None:
    """As a unique constraint, and every column proven NOT NULL before, so that nothing is read under the lock."""
    found = _built(act, statement, told)
    if found is None:
        return None
    only, name, index, defer = found
    head = only.head
    checks = [(_present(act.table, column, told), str(column)) for column in act.constraint.columns]
    # Constraints of one table in one statement are checked in one scan.
    added = ", ".join(f"ADD {present(check, column)}" for check, column in checks)
    valid = validating(head, *((check, f"ADD {present(check, column)}") for check, column in checks))
    last = [f"ALTER COLUMN {column} SET NOT NULL" for _, column in checks]
    last.append(f"ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name}{defer}")
    finish = enforcing(head, checks, ", ".join(last), f"{head} DROP CONSTRAINT IF EXISTS {name};\n{index};")
    built = Step(f"{index};", outside=True, back=f"DROP INDEX CONCURRENTLY IF EXISTS {_in_schema(act.table, name)};")
    return Recipe(
        (Edit(statement.span, only.led(f"{head} {added}")),),
        later=(valid, built, replace(finish, head="")),
        back="\n".join(f"{head} DROP CONSTRAINT IF EXISTS {check};" for check, _ in checks),
        replaces=True,
    )


def _built(act: AddConstraint, statement: Statement, told: Ground) -> tuple[Clause, str, str, str] | None:
    """The clause, the constraint's name, its index, and how it is deferred; of a statement that is nothing more.

    None where the table may be absent: CREATE INDEX has no word for that.
    """
    constraint, only = act.constraint, clause(statement, act)
    if only is None or only.if_exists or act.table.name in told.partitioned or not constraint.columns:
        return None
    said = _INDEXED.fullmatch(only.text)
    name, _ = _named(act.table, constraint, told)
    # An index without a name has its INCLUDE columns in the one that PostgreSQL gives it.
    if said is None or not name or (constraint.name is None and said["include"]):
        return None
    words = (said["include"], said["nulls"], said["storage"], said["space"] and f"TABLESPACE {said['space']}")
    tail = "".join(f" {' '.join(word.split())}" for word in words if word)
    index = f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {act.table} ({said['columns'].strip()}){tail}"
    return only, name, index, said["defer"]


def _present(table: Name, column: Name, told: Ground) -> str:
    """A name for a CHECK that holds only until the column is NOT NULL."""
    return quoted(free_name(table.name, column.name, "present", told.is_free))
