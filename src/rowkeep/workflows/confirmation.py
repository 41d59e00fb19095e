"""Before something is changed: what the database counts as is read, a person confirms, a backup is taken."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.database.store import environment
from rowkeep.domain.count import count_text
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.history.environment import UNKNOWN_SYSTEM, Environment, EnvironmentKind
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Step, Survey, TransactionMode
from rowkeep.domain.statement import Statement
from rowkeep.errors import Failed, ProgramMissing, Refused
from rowkeep.files.project import confirmed_names
from rowkeep.report.events import format_bytes
from rowkeep.workflows.stage import run_stage

SHOWN = 5
NO_BACKUP = "--no-backup --because REASON   (apply without a backup; the ledger keeps the reason)"


def confirm_nobody(database: str, danger: str) -> None:
    """The answer where nobody can be asked."""
    raise Refused(
        danger,
        code=ErrorCode.CONFIRMATION_NEEDED,
        why="there is no terminal to confirm on",
        instead=(f"--confirm {shlex.quote(database)}",),
    )


def require_named(expected: str) -> Callable[[str, str], None]:
    """The answer of a program that names the database it means. Raises Refused for every other."""

    def confirm(database: str, danger: str) -> None:
        if database != expected:
            raise Refused(
                danger, code=ErrorCode.NOT_CONFIRMED, why=f"confirmed was {expected}, and this is {database}"
            )

    return confirm


@dataclass(frozen=True, slots=True)
class Consent:
    """How a person agrees to a change. confirm: asks for the database's name, and raises when it does not come.

    backup: whether one is taken first; without one, because says why. untested: a down part that never went there and
    back in a rehearsal may run.
    """

    confirm: Callable[[str, str], None] = confirm_nobody
    backup: bool = True
    because: str | None = None
    untested: bool = False


@dataclass(frozen=True, slots=True)
class UndoPermit:
    """What was agreed: circumstances with what the ledger learns of it. backup: its id, where one was taken."""

    run_metadata: RunMetadata
    backup: str | None = None


def permit_undo(
    session: Session,
    conninfo: str,
    settings: Settings,
    survey: Survey,
    plan: Plan,
    consent: Consent,
    run_metadata: RunMetadata,
    emit: Emit,
) -> UndoPermit:
    """Let `plan` through after all that the database asks for. A development database asks for nothing.

    Production (unmarked counts as it): what is applied must pass lint, what is undone must have been rehearsed, and
    the database's name is asked for: before every undoing, and once by a checkout that has never changed it.
    Production and staging: a backup is taken first where statements may take rows or values away. An empty database
    has nothing to lose. Raises Refused, ProgramMissing or BackupFailed, with nothing changed.
    """
    if not plan.steps:
        return UndoPermit(run_metadata)
    from rowkeep.plan.destructive_undo import find_destructive_statements, reaches_beyond

    found = environment.read_environment(session, settings)
    details: dict[str, object] = {**run_metadata.details, "counts_as": found.kind.value}
    if found.kind is EnvironmentKind.DEVELOPMENT:
        _remember(found, settings)
        return UndoPermit(replace(run_metadata, details=details))
    undone = [step.name for step in plan.steps if step.direction is Direction.DOWN]
    empty = not undone and not survey.state.rows and environment.is_empty(session, plan.history)
    if found.kind is EnvironmentKind.PRODUCTION and (not empty or reaches_beyond(plan.steps)):
        from rowkeep.workflows.lint_gate import require_lint

        require_lint(session, settings, survey, plan, emit)
    if empty:
        _remember(found, settings)
        return UndoPermit(replace(run_metadata, details=details))
    lost, opaque = (
        find_destructive_statements(plan.steps),
        [step for step in plan.steps if step.mode is TransactionMode.HANDED],
    )
    if found.kind is EnvironmentKind.PRODUCTION:
        if undone:
            details |= _test_database(session, plan, consent)
        _warn(lost, opaque, emit)
        asked = f"this undoes {_these(undone)}" if undone else _unknown(found, settings, plan)
        if asked is not None:
            _confirm(consent, found, asked)
            details["confirmed"] = found.identity.database
        _remember(found, settings, emit)
    backup = None
    if lost or opaque:
        if consent.backup:
            backup = _back_up(session, conninfo, settings, run_metadata, emit)
            details["backup"] = backup
        else:
            details["no_backup_because"] = consent.because
    return UndoPermit(replace(run_metadata, details=details), backup)


def _unknown(found: Environment, settings: Settings, plan: Plan) -> str | None:
    """What a checkout that has never changed this database is asked about; None where it has."""
    if confirmed_names.is_known(found.identity, settings.migrations_dir, os.environ):
        return None
    why = "this checkout has never changed this database" if found.identity.system else UNKNOWN_SYSTEM
    return f"{why}, and this would apply {_these([s.name for s in plan.steps])}"


def _these(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{count_text(len(names), 'migration')}: {shown}{more}"


def _remember(found: Environment, settings: Settings, emit: Emit | None = None) -> None:
    """Keep that this checkout changes this database. tell: hears of it where that cannot be kept."""
    known = confirmed_names.is_known(found.identity, settings.migrations_dir, os.environ)
    if (
        not known
        and not confirmed_names.remember_name(found.identity, settings.migrations_dir, os.environ)
        and emit is not None
    ):
        why = "the state directory cannot be written (XDG_STATE_HOME)" if found.identity.system else UNKNOWN_SYSTEM
        emit(Noted(f"{why}: the name will be asked for again"))


def remember_confirmation(session: Session, settings: Settings) -> None:
    """Keep that this checkout has changed the database of the session; where that cannot be, `up` will ask."""
    with suppress(Failed):
        confirmed_names.remember_name(environment.read_identity(session), settings.migrations_dir, os.environ)


def _test_database(session: Session, plan: Plan, consent: Consent) -> dict[str, object]:
    """What the ledger learns of down parts that were never rehearsed. Raises Refused where nobody takes them on."""
    from rowkeep.database.store import roundtrips
    from rowkeep.workflows.roundtrip import provable_down

    held = roundtrips.load_roundtrips(session, plan.history)
    steps = [step for step in plan.steps if step.direction is Direction.DOWN]
    untested = [step.name for step in steps if provable_down(step.migration) not in held]
    if not untested:
        return {}
    if not consent.untested:
        one = len(untested) == 1
        which = untested[0] if one else f"{', '.join(untested[:-1])} and {untested[-1]}"
        parts, these = ("part", "was") if one else ("parts", "were")
        name = shlex.quote(plan.database)
        raise Refused(
            f"the down {parts} of {which} {these} never rehearsed with these texts, or did not pass",
            code=ErrorCode.NOT_REHEARSED,
            why=f"{'it runs' if one else 'they run'} for the first time, and in production",
            instead=(
                f"rowkeep rehearse --down {len(steps)}   (undo and apply again on a restored copy)",
                "the same command with --untested   (the ledger keeps it)",
                f"rowkeep environment mark development --confirm {name}   (if it is not production)",
            ),
        )
    return {"untested": untested}


def _confirm(consent: Consent, found: Environment, asked: str) -> None:
    name = found.identity.database
    try:
        consent.confirm(name, f"{name} counts as {found.kind.value} ({found.why}); {asked}")
    except Refused as refused:
        typed = shlex.quote(name)
        step = f"rowkeep environment mark development --confirm {typed}   (if it is not production)"
        raise refused.with_next_steps(step) from None


def _warn(lost: tuple[Statement, ...], opaque: list[Step], emit: Emit) -> None:
    for step in opaque:
        emit(Noted(f"{step.migration.path} may take rows or values away: nobody here reads it", warning=True))
    for statement in lost[:SHOWN]:
        emit(Noted(f"{statement.place} may take rows or values away: {statement.head}", warning=True))
    if len(lost) > SHOWN:
        emit(Noted(f"… and so may {count_text(len(lost) - SHOWN, 'statement')} more", warning=True))


def _back_up(session: Session, conninfo: str, settings: Settings, run_metadata: RunMetadata, emit: Emit) -> str:
    # Only a change that may lose something needs the programs.
    from rowkeep import backup as backups
    from rowkeep import programs
    from rowkeep.knowledge.program_locations import CLIENT

    with run_stage(emit, "backup", "Taking a backup") as note:
        try:
            tools = programs.obtain_programs(
                session.major, CLIENT, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
            )
        except ProgramMissing as error:
            raise error.with_next_steps(NO_BACKUP) from None
        made = backups.take_backup(conninfo, tools, settings.backups_dir, emit=emit, commit=run_metadata.commit)
        note.summary = f"{made.path}, {format_bytes(made.bytes)}, {count_text(made.rows, 'row')}"
    return made.id
