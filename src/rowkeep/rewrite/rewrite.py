"""Which statements of a migration can be rewritten, by its findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rowkeep.domain.frozen import replace
from rowkeep.domain.lint.finding import Category, Finding, LintResult, TextEdit
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.operation import (
    AddColumn,
    AddConstraint,
    Constraint,
    CreateIndex,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropObject,
    Name,
    ObjectKind,
    Operation,
)
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.parse import parse_section
from rowkeep.rewrite.compose import RewrittenMigration, compose_files
from rowkeep.rewrite.down_part import attached_back
from rowkeep.rewrite.naming import default_index, default_name
from rowkeep.rewrite.online_recipes import online_recipe
from rowkeep.rewrite.recipe import Recipe, RecipeKind, RecipeUnit
from rowkeep.rewrite.repeatable import make_repeatable
from rowkeep.rewrite.retire import retire_object
from rowkeep.rewrite.schema_before import SchemaBefore
from rowkeep.rewrite.shapes import Shapes
from rowkeep.rewrite.split import split_statement
from rowkeep.rewrite.statements import apply_edits, with_line_ends

_DROPS = frozenset({"drop-table", "drop-column"})


def rewrite_migration(
    migration: Migration,
    result: LintResult,
    schema_before: SchemaBefore,
    *,
    major: int,
    kinds: Collection[RecipeKind] = tuple(RecipeKind),
) -> RewrittenMigration:
    """The same change in safe steps. schema_before: the schema before this migration. major: the oldest server.

    Only the up part is rewritten, and only the statements with a finding that no comment suppresses. The result is not
    analyzed here: the caller proves that it has fewer findings.
    """
    parsed = parse_section(migration.up)
    return compose_files(
        migration, parsed, find_recipes(migration, parsed, result, schema_before, major=major, kinds=kinds)
    )


def rewrite_outside_transaction(
    migration: Migration, parsed: Parsed, result: LintResult, schema_before: SchemaBefore, *, major: int
) -> str:
    """The text of the migration, with a statement split where one of its clauses can run online only by itself."""
    edits: list[TextEdit] = []
    for _, statement, about in _findings_of(migration, parsed, result):
        risky = {
            operation: tuple(each for each in about if each.span == operation.span and _is_risk(each))
            for operation in statement.operations
        }
        risky = {operation: found for operation, found in risky.items() if found and not operation.inside}
        if any(
            _safer(operation, statement, found, schema_before, major) is None for operation, found in risky.items()
        ):
            edit = split_statement(statement, risky)
            edits += [edit] if edit is not None else []
    text = migration.source.text
    newline = "\r\n" if "\r\n" in text else "\n"
    return apply_edits(
        text, Span(0, len(text)), [replace(each, text=with_line_ends(each.text, newline)) for each in edits]
    )


def _is_risk(finding: Finding) -> bool:
    return finding.category is Category.LOCK or finding.rule in _DROPS


def _safer(
    operation: Operation, statement: Statement, findings: tuple[Finding, ...], schema_before: SchemaBefore, major: int
) -> Recipe | None:
    if any(finding.rule in _DROPS for finding in findings):
        return retire_object(operation, statement, schema_before.shapes)
    return online_recipe(operation, statement, findings, schema_before, major)


def find_recipes(
    migration: Migration,
    parsed: Parsed,
    result: LintResult,
    schema_before: SchemaBefore,
    *,
    major: int,
    kinds: Collection[RecipeKind] = tuple(RecipeKind),
) -> tuple[RecipeUnit, ...]:
    """The recipes that can be applied one by one, in the order of the text. None where a part of it is not SQL."""
    found: list[RecipeUnit] = []
    down = migration.down if migration.down is not None and migration.down.source is migration.up.source else None
    shapes, seen = schema_before.shapes.copy(), 0
    for index, statement, about in _findings_of(migration, parsed, result):
        for earlier in parsed.statements[seen:index]:
            shapes.learn_statement(earlier)
        seen = index + 1
        retires = False
        for operation in statement.operations:
            here = tuple(finding for finding in about if finding.span == operation.span)
            if here and not operation.inside:
                own_units = tuple(_of(index, operation, statement, here, schema_before, major, shapes, down))
                if (
                    isinstance(operation, DropObject)
                    and shapes.of(operation.name).refers
                    and _drops_keys(parsed, index)
                ):
                    # A retired table would still refer to the key.
                    own_units = tuple(each for each in own_units if each.kind is not RecipeKind.RETIRE)
                if isinstance(operation, DropColumn) and _makes_again(parsed, index, operation, shapes):
                    # A retired column keeps its indexes and constraints, and with them their names.
                    own_units = tuple(each for each in own_units if each.kind is not RecipeKind.RETIRE)
                found.extend(each for each in own_units if each.kind in kinds)
                retires = retires or any(each.kind is RecipeKind.RETIRE for each in own_units)
        only = statement.operations[0]
        if retires and isinstance(only, DropObject):
            shapes.retire(only.name)
        else:
            shapes.learn_statement(statement)
    return tuple(found)


def _drops_keys(parsed: Parsed, index: int) -> bool:
    """Whether a statement after `index` drops something that a foreign key may refer to."""
    later = (operation for statement in parsed.statements[index + 1 :] for operation in statement.operations)
    return any(
        isinstance(operation, DropConstraint | DropColumn)
        or (isinstance(operation, DropObject) and operation.kind is ObjectKind.INDEX)
        for operation in later
    )


def _makes_again(parsed: Parsed, index: int, dropped: DropColumn, shapes: Shapes) -> bool:
    """Whether a statement after `index` creates an index or key with the name of one of the table."""
    kept = shapes.of(dropped.table).relations
    for statement in parsed.statements[index + 1 :]:
        for operation in statement.operations:
            match operation:
                case CreateIndex():
                    names = {operation.index.name if operation.index is not None else default_index(operation)}
                case AddConstraint():
                    names = {_find_named(operation.table, operation.constraint)}
                case AddColumn():
                    names = {_find_named(operation.table, each) for each in operation.column.constraints}
                case _:
                    continue
            if names & kept:
                return True
    return False


def _find_named(table: Name, constraint: Constraint) -> str:
    return constraint.name.name if constraint.name is not None else default_name(table, constraint)


def split_below(
    migration: Migration, result: LintResult, schema_before: SchemaBefore, *, major: int, parsed: Parsed | None = None
) -> tuple[RecipeUnit, ...]:
    """The recipes for a down part in the file of its up part. Their steps stay in the down part."""
    down = migration.down
    if down is None or down.source is not migration.up.source:
        return ()
    found: list[RecipeUnit] = []
    for _, statement, about in _findings_of(migration, parsed or parse_section(down), result, Direction.DOWN):
        for operation in statement.operations:
            here = tuple(finding for finding in about if finding.span == operation.span)
            own = (
                _of(0, operation, statement, here, schema_before, major, schema_before.shapes)
                if here and not operation.inside
                else ()
            )
            found += [
                replace(each, index=None)
                for each in own
                if each.kind is not RecipeKind.RETIRE and not each.recipe.later
            ]
    return tuple(found)


def _findings_of(
    migration: Migration, parsed: Parsed, result: LintResult, way: Direction = Direction.UP
) -> Iterator[tuple[int, Statement, tuple[Finding, ...]]]:
    """The statements of a part with findings that count, by number. None where a part of it is not SQL."""
    if migration.language is not Language.SQL or parsed.problems:
        return
    found: dict[Span, list[Finding]] = {}
    for each in result.counting:
        own = each.migration == migration.name and each.direction is way and not each.via
        if own and each.statement is not None:
            found.setdefault(each.statement, []).append(each)
    for index, statement in enumerate(parsed.statements):
        if statement.span in found:
            yield index, statement, tuple(found[statement.span])


def _of(
    index: int,
    operation: Operation,
    statement: Statement,
    findings: tuple[Finding, ...],
    schema_before: SchemaBefore,
    major: int,
    shapes: Shapes,
    down: Section | None = None,
) -> Iterator[RecipeUnit]:
    locking = tuple(finding for finding in findings if finding.category is Category.LOCK)
    if locking:
        recipe = online_recipe(operation, statement, locking, schema_before, major)
        if recipe is not None and isinstance(operation, DetachPartition) and down is not None:
            recipe = replace(recipe, below=attached_back(operation, parse_section(down), schema_before))
        if recipe is not None:
            yield RecipeUnit(index, RecipeKind.ONLINE, recipe, _rules(locking), operation.span)
    dropping = tuple(finding for finding in findings if finding.rule in _DROPS)
    retired = (
        retire_object(operation, statement, shapes, parse_section(down) if down is not None else None)
        if dropping
        else None
    )
    if retired is not None:
        yield RecipeUnit(index, RecipeKind.RETIRE, retired, _rules(dropping), operation.span)
    repeated = tuple(finding for finding in findings if finding.category is Category.REPEAT)
    recipe = make_repeatable(operation, statement, schema_before) if repeated else None
    if recipe is not None:
        yield RecipeUnit(index, RecipeKind.REPEAT, recipe, _rules(repeated), operation.span)


def _rules(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule for finding in findings))
