"""Before something is undone: the database's mark is read, a person confirms, a backup is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rowkeep.config import Settings
from rowkeep.database import environment
from rowkeep.database.session import Session
from rowkeep.domain.environment import Environment, Kind
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Mode, Plan, Step
from rowkeep.domain.statement import Statement
from rowkeep.errors import Refused
from rowkeep.report.events import bytes_text, count_text
from rowkeep.walk.stage import stage

SHOWN = 5


def nobody(database: str, danger: str) -> None:
    """The answer where nobody can be asked."""
    raise Refused(danger, why="nobody is here to confirm", instead=(f"--confirm {database}",))


@dataclass(frozen=True, slots=True)
class Consent:
    """How a person takes an undoing on. confirm: asks for the database's name, and raises when it does not come.

    backup: whether one is taken first; without one, because says why. untested: a down part that never went there and
    back in a rehearsal may run.
    """

    confirm: Callable[[str, str], None] = nobody
    backup: bool = True
    because: str | None = None
    untested: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """What was agreed: circumstances with what the ledger learns of it. backup: its id, where one was taken."""

    circumstances: Circumstances
    backup: str | None = None


def permit(
    session: Session,
    conninfo: str,
    settings: Settings,
    plan: Plan,
    consent: Consent,
    circumstances: Circumstances,
    tell: Tell,
) -> Permit:
    """Let `plan` through, where it undoes nothing, or after all that the database's mark asks for.

    Production (unmarked counts as it): the down parts must have been rehearsed, and its name is asked for.
    Production and staging: a backup is taken first where statements may take rows or values away. Raises Refused or
    BackupFailed, with nothing changed.
    """
    undone = [step.name for step in plan.steps if step.direction is Direction.DOWN]
    if not undone:
        return Permit(circumstances)
    from rowkeep.plan.undoing import taking

    found, lost = environment.read(session), taking(plan.steps)
    opaque = [step for step in plan.steps if step.direction is Direction.DOWN and step.mode is Mode.HANDED]
    details: dict[str, object] = {**circumstances.details, "counts_as": found.kind.value}
    if found.kind is Kind.PRODUCTION:
        details |= _tested(session, plan, consent)
        _warn(lost, opaque, tell)
        _confirmed(consent, found, undone)
        details["confirmed"] = found.identity.database
    backup = None
    if (lost or opaque) and found.kind is not Kind.DEVELOPMENT:
        if consent.backup:
            backup = _back_up(session, conninfo, settings, circumstances, tell)
            details["backup"] = backup
        else:
            details["no_backup_because"] = consent.because
    return Permit(replace(circumstances, details=details), backup)


def _tested(session: Session, plan: Plan, consent: Consent) -> dict[str, object]:
    """What the ledger learns of down parts that were never rehearsed. Raises Refused where nobody takes them on."""
    from rowkeep.database import roundtrips
    from rowkeep.walk.roundtrip import proven

    held = roundtrips.known(session, plan.history)
    steps = [step for step in plan.steps if step.direction is Direction.DOWN]
    untested = [step.name for step in steps if proven(step.migration) not in held]
    if not untested:
        return {}
    if not consent.untested:
        raise Refused(
            f"the down part of {', '.join(untested)} was never rehearsed with these texts",
            why="it runs for the first time, and in production",
            instead=(
                f"rowkeep rehearse --down {len(steps)}   (undo and apply again on a restored copy)",
                "the same command with --untested   (the ledger keeps it)",
                "rowkeep environment mark development   (if it is not production)",
            ),
        )
    return {"untested": untested}


def danger(found: Environment, undone: list[str]) -> str:
    """What a person confirms, in one sentence."""
    return (
        f"this undoes {count_text(len(undone), 'migration')} of {found.identity.database}, "
        f"which counts as {found.kind.value} ({found.why}): {', '.join(undone)}"
    )


def _confirmed(consent: Consent, found: Environment, undone: list[str]) -> None:
    name = found.identity.database
    try:
        consent.confirm(name, danger(found, undone))
    except Refused as refused:
        refused.instead += (f"rowkeep environment mark development --confirm {name}   (if it is not production)",)
        raise


def _warn(lost: tuple[Statement, ...], opaque: list[Step], tell: Tell) -> None:
    for step in opaque:
        tell(Noted(f"{step.migration.path} may take rows or values away: nobody here reads it", warning=True))
    for statement in lost[:SHOWN]:
        tell(Noted(f"{statement.place} may take rows or values away: {statement.head}", warning=True))
    if len(lost) > SHOWN:
        tell(Noted(f"… and so may {count_text(len(lost) - SHOWN, 'statement')} more", warning=True))


def _back_up(session: Session, conninfo: str, settings: Settings, circumstances: Circumstances, tell: Tell) -> str:
    # Only an undoing that loses something needs the programs.
    from rowkeep import backup as backups
    from rowkeep import programs
    from rowkeep.knowledge.places import CLIENT

    with stage(tell, "backup", "Taking a backup") as note:
        tools = programs.obtain(
            session.major, CLIENT, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=tell
        )
        made = backups.take(conninfo, tools, settings.backups_dir, tell=tell, commit=circumstances.commit)
        note.summary = f"{made.path}, {bytes_text(made.bytes)}, {count_text(made.rows, 'row')}"
    return made.id
