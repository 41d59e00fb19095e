"""A safe deploy: plan, lint, back up, rehearse, apply, verify. Any stage can stop it with nothing changed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from enum import Enum

from rowkeep import backup as backups
from rowkeep import programs
from rowkeep.config import Settings
from rowkeep.database import expected, fingerprint, lock
from rowkeep.database.carry_out import carry_out
from rowkeep.database.manners import Manners, alone, manners, set_up
from rowkeep.database.session import Session, connect
from rowkeep.domain.backup import Backup
from rowkeep.domain.deployment import Acceptance, Deployment
from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.facts import Collation
from rowkeep.domain.finding import Severity
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.plan import Carried, Plan, Request
from rowkeep.domain.program import Programs
from rowkeep.domain.rehearsal import Rehearsal, Unrehearsed
from rowkeep.domain.review import Review
from rowkeep.domain.structure import Structure
from rowkeep.errors import Differs, Failed, ProgramMissing, Refused, RowkeepError
from rowkeep.files import surroundings
from rowkeep.knowledge.places import CLIENT, SERVER
from rowkeep.plan import outside
from rowkeep.plan.losses import not_accepted
from rowkeep.report.differences import differences_text, summary_text
from rowkeep.report.events import bytes_text, count_text
from rowkeep.report.rehearsal import loss_text
from rowkeep.structure import compare, compare_changes
from rowkeep.walk.change import plan_for, surveyed
from rowkeep.walk.guard import remember
from rowkeep.walk.lint import finding_line, lint, summary
from rowkeep.walk.live import told
from rowkeep.walk.rehearse import rehearse, require_rehearsed
from rowkeep.walk.returned import failing, returned
from rowkeep.walk.review import agreed, noted
from rowkeep.walk.stage import stage

Approve = Callable[[Plan], None]
"""Shown the plan before anything is done; raises Refused to stop."""


class Stop(Enum):
    """Where a deploy ends though nothing is wrong."""

    PLAN = "plan"
    REHEARSAL = "rehearsal"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a deploy is asked for. stop: where it ends without touching production; None: it walks to the end.

    reviewed: the plan must be what this review of the same request shows. roundtrip: rehearse the way back, too.
    """

    request: Request = field(default_factory=Request)
    acceptance: Acceptance = field(default_factory=Acceptance)
    stop: Stop | None = None
    reviewed: Review | None = None
    roundtrip: bool = False


def deploy(
    settings: Settings,
    conninfo: str,
    wish: Wish,
    circumstances: Callable[[], Circumstances],
    *,
    approve: Approve,
    tell: Tell,
) -> Deployment:
    """Walk the whole way, and return what each stage made. Holds the run lock from the first look to the last.

    Raises Refused (findings, a loss nobody accepted, not approved), Busy, BackupFailed, Failed … with nothing changed
    in production; HalfDone and Differs where something was.
    """
    began = time.perf_counter()
    rules = manners(settings)
    with (
        _next_is("rehearse" if wish.stop is Stop.REHEARSAL else "deploy"),
        connect(conninfo, application="rowkeep deploy") as session,
    ):
        set_up(session, rules)
        with alone(session, rules, tell) as ended:
            plan, tools = _preflight(session, settings, wish, tell)
            if tools is None:
                return Deployment(plan)
            approve(plan)
            if wish.stop is Stop.PLAN:
                return Deployment(plan)
            who = lock.noted(circumstances(), ended)
            who = who if wish.reviewed is None else noted(who, wish.reviewed)
            backup, before = back_up(session, conninfo, settings, tools, who, tell)
            with failing(session, plan, who, tell) if wish.roundtrip else nullcontext():
                rehearsal = rehearse(
                    backup,
                    plan,
                    settings,
                    tools,
                    user=session.connection.info.user,
                    accepted=wish.acceptance.names,
                    unrehearsed=wish.acceptance.unrehearsed,
                    roundtrip=wish.request if wish.roundtrip else None,
                    tell=tell,
                )
            judge(rehearsal, wish.acceptance)
            if rehearsal.roundtrip is not None:
                noted_who = with_backup(who, rehearsal.backup, wish.acceptance)
                returned(session, plan, rehearsal.roundtrip, wish.acceptance, noted_who, tell)
            if wish.stop is Stop.REHEARSAL:
                return Deployment(plan, rehearsal.backup, rehearsal, seconds=time.perf_counter() - began)
            noted_who = with_backup(who, backup, wish.acceptance, rehearsal.unrehearsed)
            carried = _apply(session, plan, settings, rules, noted_who, before, tell)
            _verify(session, rehearsal, before, tell)
            return Deployment(plan, rehearsal.backup, rehearsal, carried, time.perf_counter() - began)


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


@contextmanager
def _next_is(command: str) -> Iterator[None]:
    """Name `command` as the next step, where the shared code below names `rowkeep up`: that skips the backup."""
    try:
        yield
    except RowkeepError as error:
        error.instead = tuple(re.sub(r"\browkeep up\b", f"rowkeep {command}", step) for step in error.instead)
        raise


def _preflight(session: Session, settings: Settings, wish: Wish, tell: Tell) -> tuple[Plan, Programs | None]:
    """The plan and the programs that it takes; no programs where there is nothing to do: then nothing is judged."""
    with stage(tell, "preflight", "Looking at migrations, database and programs") as note:
        found = surveyed(session, settings)
        plan = plan_for(session, found, wish.request)
        if wish.reviewed is not None:
            agreed(session, settings, found, plan, wish.reviewed)
        if plan.idle:
            note.summary = f"PostgreSQL {session.major}, database {plan.database}: nothing to apply"
            return plan, None
        tools = programs.obtain(
            session.major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, tell=tell
        )
        _require_icu(session, tools, wish.stop is not Stop.PLAN, tell)
        note.summary = (
            f"PostgreSQL {session.major}, database {plan.database}: "
            f"{count_text(len(plan.steps), 'migration')} to apply; programs {tools.version} ({tools.origin})"
        )
    with stage(tell, "lint", "Reading the migrations") as note:
        pending = {step.name for step in plan.steps}
        facts = told(session, settings, found.standings)
        for words in facts.live.unseen:
            tell(Noted(f"not seen, and judged as unknown: {words}", warning=True))
        verdict = lint(
            found.directory,
            settings,
            major=session.major,
            only=pending,
            told=facts,
            tell=tell,
            because=wish.acceptance.because if wish.acceptance.names else None,
        )
        note.summary = summary(verdict)
    for finding in verdict.of(Severity.WARNING):
        tell(Noted(finding_line(finding), warning=True))
    if wish.stop is not Stop.PLAN:
        # What the text says already is said before a backup is taken for it.
        require_rehearsed(outside.expected(plan), wish.acceptance.unrehearsed)
    return plan, tools


def _require_icu(session: Session, tools: Programs, rehearses: bool, tell: Tell) -> None:
    """Say before the backup that a copy cannot sort as the database does. Raises ProgramMissing where it cannot be."""
    if surroundings.knows_icu(tools) is not False:
        return
    collations = [Collation(*row) for row in session.ask("collations")]
    used = [one.name for one in collations if one.icu and not one.is_database]
    why = f"the server programs in {tools.directory} ({tools.origin}) are built without ICU"
    if used and rehearses:
        raise ProgramMissing(
            "the backup cannot be restored into a throw-away server",
            where=used[0],
            why=f"{why}, and the database has {count_text(len(used), 'ICU collation')}: {', '.join(used)}",
            instead=(
                "install PostgreSQL's server programs with ICU (a distribution's have it), and set pg-bin to them",
                "rowkeep doctor",
            ),
        )
    if any(one.icu and one.is_database for one in collations):
        tell(Noted(f"{why}: the copy is made with the locale C, and text sorts by bytes there", warning=True))


def back_up(
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
    session: Session,
    plan: Plan,
    settings: Settings,
    rules: Manners,
    circumstances: Circumstances,
    before: Structure,
    tell: Tell,
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
        remember(session, settings)
        note.summary = f"{count_text(len(carried.done), 'migration')} applied"
    return carried


def _verify(session: Session, rehearsal: Rehearsal, before: Structure, tell: Tell) -> None:
    with stage(tell, "verify", "Comparing the structure with the rehearsal's") as note:
        after = fingerprint.read(session)
        differences = (
            compare_changes((rehearsal.before, rehearsal.after), (before, after)) if not rehearsal.unrehearsed else ()
        )
        if differences:
            raise Differs(
                f"applied, but the structure is not what the rehearsal made: {summary_text(differences)}",
                why=differences_text(differences),
                remains_detail="the migrations are applied and recorded",
                instead=(
                    "rowkeep down   (undo the last migration)",
                    f"rowkeep restore {rehearsal.backup.id} --into NEWDB   (as it was before)",
                ),
            )
        note.summary = f"{count_text(len(after.items), 'item')}, as the rehearsal made them"
        if rehearsal.unrehearsed:
            note.summary = f"not compared: {', '.join(one.name for one in rehearsal.unrehearsed)} was not rehearsed"
    try:
        expected.remember(session, after, f"deploy of {rehearsal.backup.id}")
    except Failed as error:
        tell(Noted(f"{error.what}: {error.why}", warning=True))


def with_backup(
    circumstances: Circumstances, backup: Backup, acceptance: Acceptance, unrehearsed: tuple[Unrehearsed, ...] = ()
) -> Circumstances:
    """What the ledger learns of this run: its backup, and what was accepted and why."""
    details = {**circumstances.details, "backup": backup.id, "backup_sha256": backup.sha256}
    if acceptance.names:
        details |= {"accepted_losses": sorted(acceptance.names), "because": acceptance.because}
    if unrehearsed:
        details |= {
            "unrehearsed": [{"name": one.name, "needs": one.needs} for one in unrehearsed],
            "because": acceptance.because,
        }
    return replace(circumstances, details=details)
