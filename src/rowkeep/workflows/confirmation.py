"""Before a database is changed: check what it counts as, lint, ask for confirmation, take a backup."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from rowkeep.config import Settings
from rowkeep.database.connection.session import Session
from rowkeep.database.store import environment
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.guard import GuardMode
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.history.environment import UNKNOWN_SYSTEM, Environment, EnvironmentKind
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Step, Survey, TransactionMode
from rowkeep.errors import Failed, ProgramMissing, Refused
from rowkeep.files.project import confirmed_names
from rowkeep.report.events import format_bytes
from rowkeep.workflows.stage import run_stage

if TYPE_CHECKING:
    from rowkeep.domain.statement import Statement

SHOWN = 5
NO_BACKUP = "--no-backup --because REASON   (apply without a backup; the ledger keeps the reason)"


def confirm_nobody(database: str, danger: str) -> None:
    """Refuse, because nobody can be asked."""
    raise Refused(
        danger,
        code=ErrorCode.CONFIRMATION_NEEDED,
        why="there is no terminal to confirm on",
        instead=(f"--confirm {shlex.quote(database)}",),
    )


def require_named(expected: str) -> Callable[[str, str], None]:
    """A confirmation by a program that names its database. It raises Refused for every other database."""

    def confirm(database: str, danger: str) -> None:
        if database != expected:
            raise Refused(
                danger, code=ErrorCode.NOT_CONFIRMED, why=f"confirmed was {expected}, and this is {database}"
            )

    return confirm


@dataclass(frozen=True, slots=True)
class Consent:
    """How a person agrees to a change.

    confirm: asks for the name of the database, and raises Refused where it is not given. backup: take one first;
    without one, `because` says why. untested: a down part may run although it never passed a rehearsal. accepted:
    names of what may be lost, with the same reason.
    """

    confirm: Callable[[str, str], None] = confirm_nobody
    backup: bool = True
    because: str | None = None
    untested: bool = False
    accepted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RunPermit:
    """The consent to a run.

    run_metadata: with what the ledger records about the consent. backup: the id of the backup, where one was taken.
    guard: what the guard does with a loss in a migration.
    """

    run_metadata: RunMetadata
    backup: str | None = None
    guard: GuardMode = GuardMode.OFF


def permit_run(
    session: Session,
    conninfo: str,
    settings: Settings,
    survey: Survey,
    plan: Plan,
    consent: Consent,
    run_metadata: RunMetadata,
    emit: Emit,
) -> RunPermit:
    """Check that `plan` may run, and take the backup that it needs. A development database needs nothing.

    Production (which includes every unmarked database): what is applied must pass lint, what is undone must have been
    rehearsed, and the name of the database must be confirmed: before every undo, and once by a checkout that has never
    changed it. Production and staging: a backup is taken before statements that may remove rows or values. An empty
    database has nothing to lose. Raises Refused, ProgramMissing or BackupFailed, with nothing changed.
    """
    if not plan.steps:
        return RunPermit(run_metadata)
    from rowkeep.plan.destructive_undo import find_destructive_statements, reaches_beyond

    counts_as = environment.read_environment(session, settings)
    details: dict[str, object] = {**run_metadata.details, "counts_as": counts_as.kind.value}
    if consent.accepted:
        details |= {"accepted_losses": sorted(consent.accepted), "because": consent.because}
    if counts_as.kind is EnvironmentKind.DEVELOPMENT:
        _remember(counts_as, settings)
        return RunPermit(replace(run_metadata, details=details), guard=GuardMode.WARN)
    undone = [step.name for step in plan.steps if step.direction is Direction.DOWN]
    empty = not undone and not survey.state.rows and environment.is_empty(session, plan.history)
    if counts_as.kind is EnvironmentKind.PRODUCTION and (not empty or reaches_beyond(plan.steps)):
        from rowkeep.workflows.lint_gate import lint_before_up

        accepted = dict.fromkeys(consent.accepted, consent.because or "")
        lint_before_up(session, settings, survey, plan, emit, accepted)
    if empty:
        _remember(counts_as, settings)
        return RunPermit(replace(run_metadata, details=details))
    destructive, unread = (
        find_destructive_statements(plan.steps),
        [step for step in plan.steps if step.mode is TransactionMode.HANDED],
    )
    if counts_as.kind is EnvironmentKind.PRODUCTION:
        if undone:
            details |= _require_rehearsed_down(session, plan, consent)
        _warn_of_losses(destructive, unread, emit)
        question = (
            f"this undoes {_list_names(undone)}" if undone else _first_change_question(counts_as, settings, plan)
        )
        if question is not None:
            _ask_to_confirm(consent, counts_as, question)
            details["confirmed"] = counts_as.identity.database
        _remember(counts_as, settings, emit)
    backup = None
    if destructive or unread:
        if consent.backup:
            backup = _back_up(session, conninfo, settings, run_metadata, emit)
            details["backup"] = backup
        else:
            details["no_backup_because"] = consent.because
    return RunPermit(replace(run_metadata, details=details), backup, GuardMode.REFUSE)


def _first_change_question(counts_as: Environment, settings: Settings, plan: Plan) -> str | None:
    """The question to a checkout that has never changed this database; None where it has."""
    if confirmed_names.is_known(counts_as.identity, settings.migrations_dir, os.environ):
        return None
    why = "this checkout has never changed this database" if counts_as.identity.system else UNKNOWN_SYSTEM
    return f"{why}, and this would apply {_list_names([step.name for step in plan.steps])}"


def _list_names(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{count_text(len(names), 'migration')}: {shown}{more}"


def _remember(counts_as: Environment, settings: Settings, emit: Emit | None = None) -> None:
    """Remember that this checkout changes this database. emit: is told where that cannot be stored."""
    known = confirmed_names.is_known(counts_as.identity, settings.migrations_dir, os.environ)
    if (
        not known
        and not confirmed_names.remember_name(counts_as.identity, settings.migrations_dir, os.environ)
        and emit is not None
    ):
        why = "the state directory cannot be written (XDG_STATE_HOME)" if counts_as.identity.system else UNKNOWN_SYSTEM
        emit(Noted(f"{why}: the name will be asked for again"))


def remember_confirmation(session: Session, settings: Settings) -> None:
    """Remember that this checkout has changed the session's database. Where that fails, `up` will ask again."""
    with suppress(Failed):
        confirmed_names.remember_name(environment.read_identity(session), settings.migrations_dir, os.environ)


def _require_rehearsed_down(session: Session, plan: Plan, consent: Consent) -> dict[str, object]:
    """What the ledger records about down parts that were never rehearsed. Raises Refused without consent to them."""
    from rowkeep.database.store import roundtrips
    from rowkeep.workflows.rehearsal.roundtrip import find_provable_down

    rehearsed = roundtrips.load_roundtrips(session, plan.history)
    steps = [step for step in plan.steps if step.direction is Direction.DOWN]
    untested = [step.name for step in steps if find_provable_down(step.migration) not in rehearsed]
    if not untested:
        return {}
    if not consent.untested:
        single = len(untested) == 1
        which = untested[0] if single else f"{', '.join(untested[:-1])} and {untested[-1]}"
        parts, these = ("part", "was") if single else ("parts", "were")
        name = shlex.quote(plan.database)
        raise Refused(
            f"the down {parts} of {which} {these} never rehearsed with these texts, or did not pass",
            code=ErrorCode.NOT_REHEARSED,
            why=f"{'it runs' if single else 'they run'} for the first time, and in production",
            instead=(
                f"rowkeep rehearse --down {len(steps)}   (undo and apply again on a restored copy)",
                "the same command with --untested   (the ledger keeps it)",
                f"rowkeep environment mark development --confirm {name}   (if it is not production)",
            ),
        )
    return {"untested": untested}


def _ask_to_confirm(consent: Consent, counts_as: Environment, question: str) -> None:
    name = counts_as.identity.database
    try:
        consent.confirm(name, f"{name} counts as {counts_as.kind.value} ({counts_as.why}); {question}")
    except Refused as refused:
        typed = shlex.quote(name)
        step = f"rowkeep environment mark development --confirm {typed}   (if it is not production)"
        raise refused.with_next_steps(step) from None


def _warn_of_losses(destructive: tuple[Statement, ...], unread: list[Step], emit: Emit) -> None:
    for step in unread:
        emit(Noted(f"{step.migration.path} may take rows or values away: Rowkeep does not read it", warning=True))
    for statement in destructive[:SHOWN]:
        emit(Noted(f"{statement.place} may take rows or values away: {statement.head}", warning=True))
    if len(destructive) > SHOWN:
        emit(Noted(f"… and so may {count_text(len(destructive) - SHOWN, 'statement')} more", warning=True))


def _back_up(session: Session, conninfo: str, settings: Settings, run_metadata: RunMetadata, emit: Emit) -> str:
    # Imported here: only a run that may lose something needs them.
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
        backup = backups.take_backup(conninfo, tools, settings.backups_dir, emit=emit, commit=run_metadata.commit)
        note.summary = f"{backup.path}, {format_bytes(backup.bytes)}, {count_text(backup.rows, 'row')}"
    return backup.id
