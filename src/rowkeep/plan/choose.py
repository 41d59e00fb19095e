"""Survey + request -> which migrations, in which direction, in which order. Never more than was asked for."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Action, MigrationState, MigrationStatus, Request, Survey
from rowkeep.errors import Refused
from rowkeep.plan.names import find_migration

Choice = tuple[tuple[MigrationStatus, Direction], ...]


def choose_migrations(survey: Survey, request: Request) -> Choice:
    """The migrations of this run. Raises Misused for an unknown name, Refused where a choice would skip others."""
    match request.action:
        case Action.UP:
            return tuple((standing, Direction.UP) for standing in _up(survey, request))
        case Action.DOWN:
            return tuple((standing, Direction.DOWN) for standing in _down(survey, request, "down"))
        case Action.REDO:
            undone = _down(survey, request, "redo")
            again = sorted(undone, key=survey.standings.index)
            return tuple((standing, Direction.DOWN) for standing in undone) + tuple(
                (standing, Direction.UP) for standing in again
            )


def _up(survey: Survey, request: Request) -> tuple[MigrationStatus, ...]:
    pending = survey.pending
    if request.name is None:
        return pending if request.count is None else pending[: request.count]
    migrations = survey.directory.migrations
    name = find_migration(request.name, [migration.name for migration in migrations], migrations)
    names = [standing.name for standing in pending]
    if name not in names:
        return ()
    position = names.index(name)
    if position == 0 or request.with_older:
        return pending[: position + 1]
    if name in request.out_of_order:
        return (pending[position],)
    older = ", ".join(names[:position])
    raise Refused(
        f"migrations older than {name} are pending",
        code=ErrorCode.EARLIER_MIGRATIONS_PENDING,
        why=f"{older}; node-pg-migrate would skip them, and its history would stay out of order",
        instead=(
            f"rowkeep up {name} --with-older   (apply {position + 1} migrations, this one last)",
            f"rowkeep up {name} --out-of-order {name}   (apply only this one)",
        ),
    )


def _down(survey: Survey, request: Request, word: str) -> tuple[MigrationStatus, ...]:
    applied = survey.applied[::-1]
    if request.name is None:
        return applied[: 1 if request.count is None else request.count]
    name = find_migration(request.name, [item.name for item in survey.standings], survey.directory.migrations)
    names = [standing.name for standing in applied]
    if name not in names:
        raise Refused(f"{name} is not applied", code=ErrorCode.MIGRATION_NOT_APPLIED, instead=("rowkeep status",))
    position = names.index(name)
    if position == 0:
        return applied[:1]
    raise Refused(
        f"{name} is not the last one applied",
        code=ErrorCode.MIGRATION_NOT_LAST,
        why=f"applied after it: {', '.join(reversed(names[:position]))}",
        instead=(f"rowkeep {word} {position + 1}   (all of them, newest first)",),
    )


def refuse_unfinished(survey: Survey, choice: Choice) -> None:
    """Refuse a run that skips a half-done migration and continues with another one."""
    for standing in survey.standings:
        if not standing.checkpoints:
            continue
        direction = Direction.UP if standing.stand is MigrationState.UNFINISHED else Direction.DOWN
        if choice and choice[0][0].name == standing.name and choice[0][1] is direction:
            continue
        if not choice:
            continue
        word = "up" if direction is Direction.UP else "down"
        raise Refused(
            f"{standing.name} is half done ({word}) and must be finished first",
            code=ErrorCode.MIGRATION_UNFINISHED,
            why=count_text(len(standing.checkpoints), "statement was", "statements were")
            + " begun outside a transaction",
            instead=(f"rowkeep {word} {standing.name}",),
        )
