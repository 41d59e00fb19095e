"""A safe deploy: plan, lint, back up, rehearse, apply, verify. Any stage can stop it with nothing changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rowkeep import backup as backups
from rowkeep import files, programs
from rowkeep.config import Settings
from rowkeep.database import fingerprint, lock
from rowkeep.database.carry_out import carry_out
from rowkeep.database.ledger import texts
from rowkeep.database.look import look
from rowkeep.database.manners import Manners, manners, set_up
from rowkeep.database.session import Session, connect
from rowkeep.domain.backup import Backup
from rowkeep.domain.deployment import Acceptance, Deployment
from rowkeep.domain.event import Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.order import Carried
from rowkeep.domain.plan import Plan, Request
from rowkeep.domain.program import Programs
from rowkeep.domain.rehearsal import Rehearsal
from rowkeep.domain.structure import Difference, Structure
from rowkeep.errors import Differs, Refused
from rowkeep.knowledge.places import CLIENT, SERVER
from rowkeep.plan.losses import not_accepted
from rowkeep.plan.plan import make
from rowkeep.plan.survey import survey
from rowkeep.report.differences import differences_text, summary_text
from rowkeep.report.events import bytes_text, count_text
from rowkeep.report.rehearsal import loss_text
from rowkeep.structure import compare, compare_changes
from rowkeep.walk.rehearse import rehearse
from rowkeep.walk.stage import stage

Approve = Callable[[Plan], None]
"""Shown the plan before anything is done; raises Refused to stop."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a deploy is asked for. only_plan: stop after the plan."""

    request: Request = field(default_factory=Request)
    acceptance: Acceptance = field(default_factory=Acceptance)
    only_plan: bool = False


def deploy(
    settings: Settings, conninfo: str, wish: Wish, circumstances: Circumstances, *, approve: Approve, tell: Tell
) -> Deployment:
    """Walk the whole way, and return what each stage made. Holds the run lock from the first look to the last.

    Raises Refused (findings, a loss nobody accepted, not approved), Busy, BackupFailed, Failed … with nothing changed
    in production; HalfDone and Differs where something was.
    """
    began = time.perf_counter()
    rules = manners(settings)
    with connect(conninfo, application="rowkeep deploy") as session:
        set_up(session, rules)
        with lock.held(session, key=rules.run_lock_key, wait_s=rules.wait_s, tell=tell):
            plan, tools = _preflight(session, settings, wish, tell)
            approve(plan)
            deployment = Deployment(plan)
            if plan.steps and not wish.only_plan:
                backup, before = _back_up(session, conninfo, settings, tools, circumstances, tell)
                rehearsal = rehearse(backup, plan, settings, tools, user=session.connection.info.user, tell=tell)
                judge(rehearsal, wish.acceptance)
                carried = _apply(session, plan, rules, _noted(circumstances, backup, wish.acceptance), before, tell)
                differences = _verify(session, rehearsal, before, backup, tell)
                deployment = Deployment(plan, rehearsal.backup, rehearsal, carried, differences)
    return replace(deployment, seconds=time.perf_counter() - began)


def judge(rehearsal: Rehearsal, acceptance: Acceptance) -> None:
    """Raise Refused for a loss that nobody accepted by name."""
    lost = not_accepted(rehearsal.losses, acceptance.names)
    if lost:
        names = " ".join(f"--accept-loss {loss.name}" for loss in lost)
        raise Refused(
            "the rehearsal lost data: production would lose it, too",
            why="\n".join(loss_text(loss) for loss in lost),
            instead=(
                "change the migration so that it keeps them",
                f"if they really may go: rowkeep deploy {names} --because 'REASON'",
            ),
        )


def _preflight(session: Session, settings: Settings, wish: Wish, tell: Tell) -> tuple[Plan, Programs]:
    with stage(tell, "preflight", "Looking at migrations, database and programs") as note:
        surveyed = survey(files.read(settings), look(session, settings))
        plan = make(surveyed, wish.request, texts(session, surveyed.changed))
        tools = programs.obtain(
            session.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=tell
        )
        note.summary = (
            f"PostgreSQL {session.major}, database {plan.database}: "
            f"{count_text(len(plan.steps), 'migration')} to apply; programs {tools.version} ({tools.origin})"
        )
    return plan, tools


def _back_up(
    session: Session,
    conninfo: str,
    settings: Settings,
    tools: Programs,
    circumstances: Circumstances,
    tell: Tell,
) -> tuple[Backup, Structure]:
    with stage(tell, "backup", "Taking a backup") as note:
        before = fingerprint.read(session)
        backup = backups.take(conninfo, tools, settings.backups_dir, tell=tell, commit=circumstances.commit)
        note.summary = f"{backup.path}, {bytes_text(backup.bytes)}, {count_text(backup.rows, 'row')}"
    return backup, before


def _apply(
    session: Session, plan: Plan, rules: Manners, circumstances: Circumstances, before: Structure, tell: Tell
) -> Carried:
    with stage(tell, "apply", f"Applying to {plan.database}") as note:
        moved = compare(before, fingerprint.read(session))
        if moved:
            raise Refused(
                "the structure of production changed while the rehearsal ran",
                why=differences_text(moved),
                instead=("find out who changes it beside the migrations", "rowkeep deploy"),
            )
        carried = carry_out(session, plan, tell, rules=rules, circumstances=circumstances)
        note.summary = f"{count_text(len(carried.done), 'migration')} applied"
    return carried


def _verify(
    session: Session, rehearsal: Rehearsal, before: Structure, backup: Backup, tell: Tell
) -> tuple[Difference, ...]:
    with stage(tell, "verify", "Comparing the structure with the rehearsal's") as note:
        after = fingerprint.read(session)
        differences = compare_changes((rehearsal.before, rehearsal.after), (before, after))
        if differences:
            raise Differs(
                f"applied, but the structure is not what the rehearsal made: {summary_text(differences)}",
                why=differences_text(differences),
                remains_detail="the migrations are applied and recorded",
                instead=(
                    "rowkeep down   (undo the last migration)",
                    f"rowkeep restore {backup.id} --into NEWDB   (the state before, in a database of its own)",
                ),
            )
        note.summary = "the structure equals the rehearsal's"
    return differences


def _noted(circumstances: Circumstances, backup: Backup, acceptance: Acceptance) -> Circumstances:
    """What the ledger learns of this run: its backup, and what was accepted and why."""
    details = {**circumstances.details, "backup": backup.id, "backup_sha256": backup.sha256}
    if acceptance.names:
        details |= {"accepted_losses": sorted(acceptance.names), "because": acceptance.because}
    return replace(circumstances, details=details)
