"""Recipes to files: what stays, what moves on, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.domain.lint.finding import TextEdit
from rowkeep.domain.migration import Migration
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, TransactionUse
from rowkeep.parse import parse_section
from rowkeep.rewrite.dependency_order import are_conflicting, find_dependencies
from rowkeep.rewrite.recipe import Recipe, RecipeStep, RecipeUnit
from rowkeep.rewrite.statements import apply_edits, edits_overlap, statement_spans, whole_statement, with_line_ends
from rowkeep.rewrite.undo_part import Back, CannotDivide, divide_down_part


@dataclass(frozen=True, slots=True)
class ComposedPart:
    """The statements of a file that follows the migration, with `\n` as line end. word: what its name says of it.

    back: its down part, None where the migration has none.
    """

    word: str
    text: str
    back: Back | None = None


@dataclass(frozen=True, slots=True)
class RewrittenMigration:
    """The migration's own text, and the files that follow it. units: what was done; empty where nothing was.

    down: the text of the file that holds the down part, where that is another one and has changed.
    refused: why nothing could be done, where it had to be cut and must stay in one piece.
    """

    text: str
    parts: tuple[ComposedPart, ...] = ()
    units: tuple[RecipeUnit, ...] = ()
    refused: str = ""
    down: str | None = None


@dataclass(slots=True)
class _File:
    """Statements by number, and steps, in order."""

    outside: bool = False
    items: list[int | RecipeStep] = field(default_factory=list)


def compose_files(migration: Migration, parsed: Parsed, units: Sequence[RecipeUnit]) -> RewrittenMigration:
    """The files that apply the recipes of `units`; the migration unchanged if the recipes cannot be combined."""
    text = parsed.source.text
    recipes = _merge(units)
    spans = statement_spans(parsed)
    if not units or len(spans) != len(parsed.statements):
        return RewrittenMigration(text)
    # Without a transaction around it every statement commits by itself: nothing has to move.
    alone = migration.up.transaction is False
    files = _files(parsed, recipes, alone=alone)
    if files is None:
        return RewrittenMigration(text, refused="its statements depend on being in one transaction, or in one session")
    moved = [spans[item] for file in files[1:] for item in file.items if isinstance(item, int)]
    edits = [TextEdit(span, "") for span in moved]
    below = _below(units)
    if below is None:
        return RewrittenMigration(text, refused="one statement of its down part brings several of these back")
    backs: Sequence[Back | None] = [None] * (len(files) - 1)
    down = migration.down
    if down is not None and len(files) > 1:
        try:
            division = divide_down_part(parse_section(down), parsed, [file.items for file in files], recipes, below)
        except CannotDivide as why:
            return RewrittenMigration(text, refused=f"its down part cannot be divided among several files: {why}")
        below, backs = division.first, division.later
    own = down is None or down.source is parsed.source
    edits += below if own else ()
    for item in files[0].items:
        if isinstance(item, int):
            edits += recipes[item].edits if item in recipes else ()
        else:
            at = spans[_before(files[0], item)].end
            edits.append(TextEdit(Span(at, at), f"{_fresh(text, at)}{item.sql}\n"))
    newline = "\r\n" if "\r\n" in text else "\n"
    edits = [replace(edit, text=with_line_ends(edit.text, newline)) for edit in edits]
    parts = [
        replace(_part(parsed, file, recipes, spans), back=back) for file, back in zip(files[1:], backs, strict=True)
    ]
    apart = _edit_down_file(down.source.text, below) if down is not None and not own else None
    return RewrittenMigration(apply_edits(text, Span(0, len(text)), edits), tuple(parts), tuple(units), down=apart)


def _edit_down_file(text: str, edits: Sequence[TextEdit]) -> str:
    """The file of a down part by itself, with its edits."""
    newline = "\r\n" if "\r\n" in text else "\n"
    return apply_edits(
        text, Span(0, len(text)), [replace(each, text=with_line_ends(each.text, newline)) for each in edits]
    )


def _merge(units: Sequence[RecipeUnit]) -> dict[int, Recipe]:
    """One recipe a statement. A recipe that wants characters of an earlier one is left out."""
    found: dict[int, Recipe] = {}
    for unit in units:
        if unit.index is None:
            continue
        one, other = found.get(unit.index), unit.recipe
        if one is None:
            found[unit.index] = other
        elif not edits_overlap((*one.edits, *other.edits)):
            found[unit.index] = Recipe(
                (*one.edits, *other.edits),
                one.outside or other.outside,
                _together(one.later, other.later),
                one.lasting and other.lasting,
                (*one.below, *other.below),
                "\n".join(back for back in (one.back, other.back) if back),
                one.replaces or other.replaces,
                one.fallback or other.fallback,
            )
    return found


def _below(units: Sequence[RecipeUnit]) -> tuple[TextEdit, ...] | None:
    """The edits of the down part. What only improves it is left out where it wants characters of an earlier one.

    None where the ways back of two statements do: without one of them its values would not come back.
    """
    found: tuple[TextEdit, ...] = ()
    for unit in sorted(units, key=lambda each: each.index is None):
        wanted = unit.recipe.below if unit.index is not None else unit.recipe.edits
        wanted = tuple(edit for edit in wanted if edit not in found)
        if not edits_overlap((*found, *wanted)):
            found += wanted
        elif unit.index is not None:
            return None
    return found


def _together(one: Sequence[RecipeStep], other: Sequence[RecipeStep]) -> tuple[RecipeStep, ...]:
    """The steps of two recipes for one statement, phase by phase."""
    pairs = zip_longest(one, other)
    return tuple(
        RecipeStep(
            f"{left.sql}\n{right.sql}",
            left.outside,
            back="\n".join(back for back in (right.back, left.back) if back),
            back_outside=left.back_outside or right.back_outside,
        )
        if left and right
        else left or right
        for left, right in pairs
    )


def _files(parsed: Parsed, recipes: dict[int, Recipe], *, alone: bool) -> list[_File] | None:
    """Which file holds what; None where a section that must stay whole would be cut."""
    statements = parsed.statements
    files = [_File()]
    waiting: dict[int, list[tuple[int, int | RecipeStep, bool]]] = {}
    open_recipes: list[int] = []

    def flush() -> None:
        for phase in sorted(waiting):
            inside = _join([item for _, item, outside in waiting[phase] if not outside])
            groups = [_File(False, [*inside])] if inside else []
            groups += [_File(True, [item]) for _, item, outside in waiting[phase] if outside]
            for group in groups:
                if not files[-1].items:
                    files.pop()
                files.append(group)
        waiting.clear()
        open_recipes.clear()

    for number, statement in enumerate(statements):
        recipe = recipes.get(number)
        for earlier in open_recipes:
            if are_conflicting(statements[earlier], statement, lasting=recipes[earlier].lasting):
                flush()
                break
        outside = recipe.outside if recipe else statement.transaction is TransactionUse.OUTSIDE
        phase = 0
        if alone:
            files[0].items += [number, *(recipe.later if recipe else ())]
            continue
        if recipe is not None and recipe.outside:
            waiting.setdefault(0, []).append((number, number, True))
            phase = 1
        else:
            if files[-1].outside and files[-1].items and not outside:
                files.append(_File())
            files[-1].items.append(number)
        if recipe is not None and (recipe.later or recipe.outside):
            open_recipes.append(number)
            for step in recipe.later:
                waiting.setdefault(phase, []).append((number, step, step.outside))
                phase += 1
    flush()
    if len(files) > 1 and any(find_dependencies(statement) for statement in statements):
        return None
    return files


def _join(items: Sequence[int | RecipeStep]) -> list[int | RecipeStep]:
    """Steps on one table, that can be, as one step in the place of the first."""
    found: list[int | RecipeStep] = []
    for item in items:
        for at, other in enumerate(found):
            if isinstance(item, RecipeStep) and isinstance(other, RecipeStep) and other.joins(item):
                found[at] = other.merge(item)
                break
        else:
            found.append(item)
    return found


def _before(file: _File, step: RecipeStep) -> int:
    """The statement after which a step of the same file is placed."""
    last = 0
    for item in file.items:
        if item is step:
            return last
        last = item if isinstance(item, int) else last
    return last


def _fresh(text: str, at: int) -> str:
    return "" if at == 0 or text[at - 1] == "\n" else "\n"


def _part(parsed: Parsed, file: _File, recipes: dict[int, Recipe], spans: Sequence[Span]) -> ComposedPart:
    lines = []
    for item in file.items:
        if isinstance(item, RecipeStep):
            lines.append(f"{item.sql}\n")
            continue
        edits = recipes[item].edits if item in recipes else ()
        moved = apply_edits(parsed.source.text, spans[item], edits).replace("\r\n", "\n").strip("\n")
        lines.append(f"{whole_statement(parsed.statements[item], moved).rstrip()}\n")
    return ComposedPart(_word(file, "".join(lines)), "".join(lines))


def _word(file: _File, text: str) -> str:
    if file.outside and any(isinstance(item, RecipeStep) and item.sql.startswith("DO ") for item in file.items):
        return "fill"
    if file.outside:
        return "index" if " INDEX " in text.upper() else "online"
    if "VALIDATE CONSTRAINT" in text:
        return "validate"
    return "finish" if all(isinstance(item, RecipeStep) for item in file.items) else "rest"
