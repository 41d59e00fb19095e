"""Which statements of a migration can be rewritten, by its findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from rowkeep.domain.act import (
    Act,
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
)
from rowkeep.domain.finding import Edit, Finding, Promise, Verdict
from rowkeep.domain.migration import Direction, Language, Migration, Section
from rowkeep.domain.source import Span
from rowkeep.domain.statement import Parsed, Statement
from rowkeep.parse import parse
from rowkeep.rewrite.back import attached_back
from rowkeep.rewrite.compose import Rewritten, compose
from rowkeep.rewrite.ground import Ground
from rowkeep.rewrite.naming import default_index, default_name
from rowkeep.rewrite.online import online
from rowkeep.rewrite.pieces import edited, with_line_ends
from rowkeep.rewrite.recipe import Kind, Recipe, Unit
from rowkeep.rewrite.repeat import repeat
from rowkeep.rewrite.retire import retire
from rowkeep.rewrite.shapes import Shapes
from rowkeep.rewrite.tear import torn

_DROPS = frozenset({"drop-table", "drop-column"})


def rewrite(
    migration: Migration, verdict: Verdict, told: Ground, *, major: int, kinds: Collection[Kind] = tuple(Kind)
) -> Rewritten:
    """The same change in safe steps. told: of the migrations up to this one. major: the oldest server it runs on.

    Only the up part is rewritten, and only what a finding that no comment allows points at. The answer is proven by
    whoever judges it again; here nothing is judged.
    """
    parsed = parse(migration.up)
    return compose(migration, parsed, units(migration, parsed, verdict, told, major=major, kinds=kinds))


def apart(migration: Migration, parsed: Parsed, verdict: Verdict, told: Ground, *, major: int) -> str:
    """The migration's text with each statement torn that holds a clause which only by itself can be done online.

    The same text where there is none.
    """
    edits: list[Edit] = []
    for _, statement, about in _judged(migration, parsed, verdict):
        risky = {
            act: tuple(each for each in about if each.span == act.span and _is_risk(each)) for act in statement.acts
        }
        risky = {act: found for act, found in risky.items() if found and not act.inside}
        if any(_safer(act, statement, found, told, major) is None for act, found in risky.items()):
            edit = torn(statement, risky)
            edits += [edit] if edit is not None else []
    text = migration.source.text
    newline = "\r\n" if "\r\n" in text else "\n"
    return edited(text, Span(0, len(text)), [replace(each, text=with_line_ends(each.text, newline)) for each in edits])


def _is_risk(finding: Finding) -> bool:
    return finding.promise is Promise.LOCK or finding.rule in _DROPS


def _safer(act: Act, statement: Statement, findings: tuple[Finding, ...], told: Ground, major: int) -> Recipe | None:
    if any(finding.rule in _DROPS for finding in findings):
        return retire(act, statement, told.shapes)
    return online(act, statement, findings, told, major)


def units(
    migration: Migration,
    parsed: Parsed,
    verdict: Verdict,
    told: Ground,
    *,
    major: int,
    kinds: Collection[Kind] = tuple(Kind),
) -> tuple[Unit, ...]:
    """What can be rewritten by itself, in the order of the text. Nothing, where a stretch of it is no SQL."""
    found: list[Unit] = []
    down = migration.down if migration.down is not None and migration.down.source is migration.up.source else None
    shapes, seen = told.shapes.copy(), 0
    for index, statement, about in _judged(migration, parsed, verdict):
        for earlier in parsed.statements[seen:index]:
            shapes.learn_statement(earlier)
        seen = index + 1
        retires = False
        for act in statement.acts:
            here = tuple(finding for finding in about if finding.span == act.span)
            if here and not act.inside:
                own_units = tuple(_of(index, act, statement, here, told, major, shapes, down))
                if isinstance(act, DropObject) and shapes.of(act.name).refers and _drops_keys(parsed, index):
                    # A retired table would still refer to the key.
                    own_units = tuple(each for each in own_units if each.kind is not Kind.RETIRE)
                if isinstance(act, DropColumn) and _makes_again(parsed, index, act, shapes):
                    # A retired column keeps its indexes and constraints, and with them their names.
                    own_units = tuple(each for each in own_units if each.kind is not Kind.RETIRE)
                found.extend(each for each in own_units if each.kind in kinds)
                retires = retires or any(each.kind is Kind.RETIRE for each in own_units)
        only = statement.acts[0]
        if retires and isinstance(only, DropObject):
            shapes.retire(only.name)
        else:
            shapes.learn_statement(statement)
    return tuple(found)


def _drops_keys(parsed: Parsed, index: int) -> bool:
    """Whether a statement behind `index` drops what a foreign key may refer to."""
    later = (act for statement in parsed.statements[index + 1 :] for act in statement.acts)
    return any(
        isinstance(act, DropConstraint | DropColumn) or (isinstance(act, DropObject) and act.kind is ObjectKind.INDEX)
        for act in later
    )


def _makes_again(parsed: Parsed, index: int, dropped: DropColumn, shapes: Shapes) -> bool:
    """Whether a statement behind `index` makes an index or key under the name of one of the table."""
    kept = shapes.of(dropped.table).relations
    for statement in parsed.statements[index + 1 :]:
        for act in statement.acts:
            match act:
                case CreateIndex():
                    names = {act.index.name if act.index is not None else default_index(act)}
                case AddConstraint():
                    names = {_named(act.table, act.constraint)}
                case AddColumn():
                    names = {_named(act.table, each) for each in act.column.constraints}
                case _:
                    continue
            if names & kept:
                return True
    return False


def _named(table: Name, constraint: Constraint) -> str:
    return constraint.name.name if constraint.name is not None else default_name(table, constraint)


def below(
    migration: Migration, verdict: Verdict, told: Ground, *, major: int, parsed: Parsed | None = None
) -> tuple[Unit, ...]:
    """What can be rewritten in a down part that stands in the file of its up part, and stays in that part.

    parsed: the down part, where it was parsed already.
    """
    down = migration.down
    if down is None or down.source is not migration.up.source:
        return ()
    found: list[Unit] = []
    for _, statement, about in _judged(migration, parsed or parse(down), verdict, Direction.DOWN):
        for act in statement.acts:
            here = tuple(finding for finding in about if finding.span == act.span)
            own = _of(0, act, statement, here, told, major, told.shapes) if here and not act.inside else ()
            found += [
                replace(each, index=None) for each in own if each.kind is not Kind.RETIRE and not each.recipe.later
            ]
    return tuple(found)


def _judged(
    migration: Migration, parsed: Parsed, verdict: Verdict, way: Direction = Direction.UP
) -> Iterator[tuple[int, Statement, tuple[Finding, ...]]]:
    """The statements of a part with findings that count, by number. None, where a stretch of it is no SQL."""
    if migration.language is not Language.SQL or parsed.problems:
        return
    found: dict[Span, list[Finding]] = {}
    for each in verdict.counting:
        own = each.migration == migration.name and each.direction is way and not each.via
        if own and each.statement is not None:
            found.setdefault(each.statement, []).append(each)
    for index, statement in enumerate(parsed.statements):
        if statement.span in found:
            yield index, statement, tuple(found[statement.span])


def _of(
    index: int,
    act: Act,
    statement: Statement,
    findings: tuple[Finding, ...],
    told: Ground,
    major: int,
    shapes: Shapes,
    down: Section | None = None,
) -> Iterator[Unit]:
    locking = tuple(finding for finding in findings if finding.promise is Promise.LOCK)
    if locking:
        recipe = online(act, statement, locking, told, major)
        if recipe is not None and isinstance(act, DetachPartition) and down is not None:
            recipe = replace(recipe, below=attached_back(act, parse(down), told))
        if recipe is not None:
            yield Unit(index, Kind.ONLINE, recipe, _rules(locking), act.span)
    dropping = tuple(finding for finding in findings if finding.rule in _DROPS)
    retired = retire(act, statement, shapes, parse(down) if down is not None else None) if dropping else None
    if retired is not None:
        yield Unit(index, Kind.RETIRE, retired, _rules(dropping), act.span)
    repeated = tuple(finding for finding in findings if finding.promise is Promise.REPEAT)
    recipe = repeat(act, statement, told) if repeated else None
    if recipe is not None:
        yield Unit(index, Kind.REPEAT, recipe, _rules(repeated), act.span)


def _rules(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule for finding in findings))
