"""The down part of a migration divided among the files that it becomes: each file undoes what it did, and no more.

What a recipe adds it undoes itself (`Recipe.back`, `Step.back`). The statements of the down part go to the file in
which the statement stands that they undo. After the down part of a file the database is as it was before that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.operation import (
    AddConstraint,
    Analyze,
    Comment,
    CreateIndex,
    Delete,
    DetachPartition,
    DropObject,
    Insert,
    Merge,
    Operation,
    Read,
    Refresh,
    Reindex,
    SetVariable,
    Update,
    ValidateConstraint,
)
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.rewrite.clause import head_of, without_comments
from rowkeep.rewrite.dependency_order import is_unclear, names_in
from rowkeep.rewrite.inverse import effects_of, effects_undone_by
from rowkeep.rewrite.recipe import Recipe, RecipeStep
from rowkeep.rewrite.split import dropped_apart, is_listed
from rowkeep.rewrite.statements import apply_edits, statement_spans

NOTHING = "-- Nothing to undo.\n"
_NO_TRACE = (
    Analyze,
    Delete,
    Insert,
    Merge,
    Read,
    Refresh,
    Reindex,
    SetVariable,
    Update,
    ValidateConstraint,
)
"""Operations that leave the structure as it is, so a down part need not undo them."""
_GONE = -1


@dataclass(frozen=True, slots=True)
class Back:
    """The down part of a new file. outside: its statements run one by one, outside a transaction."""

    text: str = NOTHING
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Division:
    """first: edits of the down part that is there, which stays with the first file. later: those of the others."""

    first: tuple[TextEdit, ...]
    later: tuple[Back, ...]


class CannotDivide(Exception):
    """Why the down part must stay in one piece."""


@dataclass(slots=True)
class _Undoing:
    """For each file and statement of the up part: the SQL of the down part that undoes it."""

    texts: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    edits: list[TextEdit] = field(default_factory=list)
    kept: int = 0


def divide_down_part(
    down: Parsed,
    up: Parsed,
    files: Sequence[Sequence[int | RecipeStep]],
    recipes: Mapping[int, Recipe],
    below: Sequence[TextEdit],
) -> Division:
    """Which file undoes what. below: edits of the down part by recipes. Raises CannotDivide."""
    spans = statement_spans(down)
    if down.problems or len(spans) != len(down.statements):
        raise CannotDivide("part of it cannot be divided at its `;`")
    place = {item: number for number, file in enumerate(files) for item in file if isinstance(item, int)}
    owners = {key: number for number, statement in enumerate(up.statements) for key in effects_of(statement)}
    moved = [number for number, at in place.items() if at > 0 or _is_replaced(recipes.get(number))]
    undoing = _Undoing()
    for statement, span in zip(down.statements, spans, strict=True):
        targets = {operation: _target(operation, owners, place, recipes) for operation in statement.operations}
        _check_unmatched(statement, targets, up, moved, recipes)
        _assign(statement, span, targets, owners, undoing, below)
    known = {number for _, number in undoing.texts} | {
        owner
        for statement in down.statements
        for operation in statement.operations
        if (owner := _owner(operation, owners)) is not None
    }
    later = []
    for number, file in enumerate(files):
        parts = [text for item in reversed(file) for text in _back(number, item, up, recipes, undoing, known, down)]
        text = "".join(f"{part.strip()}\n" for part in parts if part.strip())
        later.append(Back(text or NOTHING, _is_outside(file, recipes, text)))
    first = _first(down, spans, later[0] if later[0].text != NOTHING else None, undoing)
    kept = [edit for edit in below if not any(_within(edit.span, other.span) for other in undoing.edits)]
    return Division((*kept, *undoing.edits, *first), tuple(later[1:]))


def _is_replaced(recipe: Recipe | None) -> bool:
    return recipe is not None and recipe.replaces


def _owner(operation: Operation, owners: Mapping[tuple[str, ...], int]) -> int | None:
    return next((owners[key] for key in effects_undone_by(operation) if key in owners), None)


def _target(
    operation: Operation,
    owners: Mapping[tuple[str, ...], int],
    place: Mapping[int, int],
    recipes: Mapping[int, Recipe],
) -> int | None:
    """The file that the operation belongs to, _GONE where a recipe undoes it, None where it undoes nothing here."""
    owner = _owner(operation, owners)
    if owner is None:
        return None
    return _GONE if _is_replaced(recipes.get(owner)) else place[owner]


def _check_unmatched(
    statement: Statement,
    targets: Mapping[Operation, int | None],
    up: Parsed,
    moved: Sequence[int],
    recipes: Mapping[int, Recipe],
) -> None:
    """What undoes no statement stays where it is, and runs last. Raises where that may be too late."""
    if all(target is not None for target in targets.values()):
        return
    if any(is_unclear(operation) for operation in statement.operations):
        raise CannotDivide(f"what it does is not clear from its text: {statement.head[:60]}")
    if all(isinstance(operation, SetVariable | Read) for operation in statement.operations):
        return
    own = names_in(statement)
    for number in moved:
        other = up.statements[number]
        # A table that is only altered is still there; what was made is gone by then.
        recipe = recipes.get(number)
        names = (
            frozenset().union(*(_make_undo(operation) for operation in other.operations))
            if recipe
            else names_in(other)
        )
        if own & names:
            raise CannotDivide(f"it is not clear which statement this undoes: {statement.head[:60]}")


def _make_undo(operation: Operation) -> frozenset[str]:
    """The names of what a recipe's statement makes, or takes away."""
    match operation:
        case CreateIndex():
            return frozenset({operation.index.name} if operation.index is not None else ())
        case AddConstraint():
            return frozenset({operation.constraint.name.name} if operation.constraint.name is not None else ())
        case DropObject():
            return frozenset({operation.name.name})
        case DetachPartition():
            return frozenset({operation.partition.name})
    return frozenset()


def _assign(
    statement: Statement,
    span: Span,
    targets: Mapping[Operation, int | None],
    owners: Mapping[tuple[str, ...], int],
    undoing: _Undoing,
    below: Sequence[TextEdit],
) -> None:
    """Take the statement out of the down part, clause by clause where its clauses belong to several files."""
    wanted = set(targets.values())
    if wanted <= {None, 0}:
        undoing.kept += 1
        return
    inner = [edit for edit in below if _within(edit.span, span)]
    if len(wanted) == 1:
        undoing.edits.append(TextEdit(span, ""))
        (target,) = wanted
        if target is not None and target > 0:
            owner = min(each for operation in statement.operations if (each := _owner(operation, owners)) is not None)
            text = apply_edits(statement.source.text, span, inner).replace("\r\n", "\n").strip()
            text = text if text.endswith(";") or "--" in text[len(statement.text) :] else f"{text};"
            undoing.texts.setdefault((target, owner), []).append(_online(statement, text, span))
        return
    clauses = _clauses(statement)
    if clauses is None or inner:
        raise CannotDivide(f"one statement undoes what several files do: {statement.head[:60]}")
    left = []
    for operation, text in zip(statement.operations, clauses, strict=True):
        target = targets[operation]
        if target is None or target == 0:
            left.append(text)
        elif target > 0:
            undoing.texts.setdefault((target, _owner(operation, owners) or 0), []).append(f"{text};")
    undoing.edits.append(TextEdit(statement.span if left else span, ";\n".join(left)))
    undoing.kept += bool(left)


def _clauses(statement: Statement) -> list[str] | None:
    """Each clause of the statement as a statement of its own, without `;`."""
    head = head_of(statement)
    if head is not None and is_listed(statement):
        return [
            f"{head} {without_comments(statement.source.text, operation.span.start, operation.span.end)}"
            for operation in statement.operations
        ]
    return dropped_apart(statement)


def _online(statement: Statement, text: str, span: Span) -> str:
    """CREATE INDEX in a file where it stands alone is built beside the writers."""
    operation = statement.operations[0]
    if (
        not isinstance(operation, CreateIndex)
        or operation.keyword is None
        or operation.concurrently
        or len(statement.operations) != 1
    ):
        return text
    found = re.compile(r"\bINDEX\b(?P<if>\s+IF\s+NOT\s+EXISTS\b)?", re.IGNORECASE).search(
        text, statement.span.start - span.start
    )
    if found is None:
        return text
    guard = " IF NOT EXISTS" if operation.index is not None and not found["if"] else ""
    at = found.start() + len("INDEX")
    return f"{text[:at]} CONCURRENTLY{guard}{text[at:]}"


def _back(
    number: int,
    item: int | RecipeStep,
    up: Parsed,
    recipes: Mapping[int, Recipe],
    undoing: _Undoing,
    known: set[int],
    down: Parsed,
) -> Iterator[str]:
    """What undoes one item of a file."""
    if isinstance(item, RecipeStep):
        yield item.back
        return
    recipe = recipes.get(item)
    yield from undoing.texts.get((number, item), ())
    if recipe is not None and recipe.back:
        yield recipe.back
    elif number > 0 and item not in known:
        yield _find_unmatched(up.statements[item], recipe, down)


def _find_unmatched(statement: Statement, recipe: Recipe | None, down: Parsed) -> str:
    """SQL that undoes a statement in a file of its own which the down part does not undo."""
    if recipe is not None and recipe.fallback:
        return recipe.fallback
    operation = statement.operations[0] if statement.operations else None
    if operation is None or all(isinstance(each, _NO_TRACE) for each in statement.operations):
        return ""
    if isinstance(operation, Comment):
        return re.sub(r"\bIS\s+(?:NULL|E?'(?:[^']|'')*')\s*\Z", "IS NULL;", statement.text, flags=re.IGNORECASE)
    if down.statements and not isinstance(operation, DropObject | DetachPartition):
        raise CannotDivide(f"it does not undo: {statement.head[:60]}")
    return f"-- Not undone, as the down part of the migration did not undo it: {statement.head[:60]}"


def _is_outside(file: Sequence[int | RecipeStep], recipes: Mapping[int, Recipe], text: str) -> bool:
    """Whether the down part of a file runs outside a transaction."""
    wants = any(item.back_outside if isinstance(item, RecipeStep) else False for item in file)
    return wants or " CONCURRENTLY" in text


def _first(down: Parsed, spans: Sequence[Span], back: Back | None, undoing: _Undoing) -> Iterator[TextEdit]:
    """What the first file has to undo beside the statements that stay: at the start of its down part."""
    text, at = down.source.text, spans[0].start if spans else down.span.end
    sql = back.text if back is not None else ""
    if undoing.kept:
        # Beside others CONCURRENTLY would take the transaction from them.
        sql = sql.replace(" CONCURRENTLY", "")
    if not sql and not undoing.kept and down.statements:
        sql = "-- The files that follow undo what they did; nothing is left to undo here.\n"
    if sql:
        fresh = "" if at == 0 or text[at - 1] == "\n" else "\n"
        yield TextEdit(Span(at, at), f"{fresh}{sql}")


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
