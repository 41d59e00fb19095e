"""Values that were compared before and after a rehearsal -> which of the overwritten ones nobody meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from rowkeep.domain import operation
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.loss import ComparedView, Loss, LossKind, Overwritten
from rowkeep.domain.source import Place
from rowkeep.plan.guard.catalog_losses import FEW_ROWS
from rowkeep.plan.guard.statement_effects import StatementEffects

TIMES = ("date", "time")
"""How the types begin whose values become equal where a trigger writes down the time."""


def find_value_losses(
    compared: Iterable[Overwritten], effects: StatementEffects, guarded: Collection[Loss]
) -> tuple[Loss, ...]:
    """The overwritten columns that need to be accepted by name.

    guarded: what the guard saw. Where it names the whole table, its columns need no name of their own.
    """
    tables = {loss.name for loss in guarded if loss.kind is LossKind.VALUES and loss.name == loss.inside}
    return tuple(_find(compared, effects, tables))


def _find(compared: Iterable[Overwritten], effects: StatementEffects, tables: Collection[str]) -> Iterator[Loss]:
    for column in compared:
        if not column.count or column.table in tables:
            continue
        is_lost, place = _explain(column, effects)
        if is_lost:
            yield Loss(LossKind.VALUES, column.name, column.count, describe_overwritten(column), column.table, place)


def _explain(column: Overwritten, effects: StatementEffects) -> tuple[bool, Place | None]:
    """Whether the overwritten values are lost, and the statement that did it, where that can be told."""
    names = {column.column, column.new_column}
    assigned = named = False
    for located in effects.on(column.names, operation.Update, operation.Merge, operation.Insert):
        action = located.action
        assert isinstance(action, operation.Update | operation.Merge | operation.Insert)
        if isinstance(action, operation.Insert) and action.on_conflict != "update":
            continue
        named = True
        is_few = isinstance(action, operation.Update) and bool(action.fixed) and column.count <= FEW_ROWS
        if any(lost.name in names for lost in action.loses) and not is_few:
            return True, located.place
        # What a MERGE or ON CONFLICT assigns without losing the old value is not in the text that was read.
        assigned |= not isinstance(action, operation.Update) or any(target.name in names for target in action.columns)
    if not named or not assigned:
        is_by_trigger = named and column.by_trigger and (not column.is_collapsed or column.type.startswith(TIMES))
        return not is_by_trigger, None
    return False, None


def describe_overwritten(column: Overwritten) -> str:
    """One column in one line: `public.users.name: 50,000 of 50,000 values overwritten, 1 distinct value left`."""
    least = "" if column.exact else "at least "
    text = f"{column.name}: {least}{column.count:,} of {count_text(column.values, 'value')} overwritten"
    if column.after is None or column.before is None:
        return text
    if column.is_collapsed:
        return f"{text}, 1 distinct value left of {column.before:,}"
    return f"{text} ({count_text(column.before, 'distinct value')} before, {column.after:,} after)"


def find_view_losses(views: Iterable[ComparedView]) -> tuple[Loss, ...]:
    """The replaced views that show fewer rows than before. What the tables below a view lost is another loss.

    Also the tables and views of which the application's role sees fewer rows, because of other policies or rights.
    """
    return tuple(
        Loss(
            LossKind.ROW_SECURITY if view.role else LossKind.VIEW,
            view.name,
            view.before - view.after,
            describe_view(view),
        )
        for view in views
        if view.replaced and not view.why and view.before is not None and view.after is not None
        if view.after < view.before
    )


def describe_view(view: ComparedView) -> str:
    """One view in one line: `view public.paid shows 0 rows; before: 200`."""
    if view.role:
        return _describe_for_role(view)
    if view.why and view.before is not None and view.after is None:
        return f"view {view.name} cannot be read any more: {view.why}"
    if view.why:
        return f"view {view.name} was not compared: {view.why}"
    if view.before != view.after:
        return f"view {view.name} shows {count_text(view.after or 0, 'row')}; before: {view.before or 0:,}"
    return f"view {view.name} shows other values in {', '.join(view.other_values)}"


def _describe_for_role(view: ComparedView) -> str:
    if view.why and view.before is not None and view.after is None:
        return f"{view.role} cannot read {view.name} any more: {view.why}"
    if view.why:
        return f"what {view.role} sees of {view.name} was not compared: {view.why}"
    if view.before != view.after:
        return f"{view.role} sees {count_text(view.after or 0, 'row')} of {view.name}; before: {view.before or 0:,}"
    return f"{view.role} sees other values in {', '.join(view.other_values)} of {view.name}"
