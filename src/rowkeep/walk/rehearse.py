"""The rehearsal: the backup restored into a throw-away server of the same major, and the plan carried out there."""

from __future__ import annotations

import time
from collections.abc import Collection

from rowkeep import backup as backups
from rowkeep import scratch
from rowkeep.config import Settings
from rowkeep.database import fingerprint
from rowkeep.database.carry_out import carry_out
from rowkeep.database.manners import manners, set_up
from rowkeep.database.observe import observe
from rowkeep.database.session import connect
from rowkeep.domain.backup import Backup
from rowkeep.domain.event import Event, Outcome, StatementBegan, StatementEnded, Tell
from rowkeep.domain.observation import Observation
from rowkeep.domain.plan import Plan
from rowkeep.domain.program import Programs
from rowkeep.domain.rehearsal import Rehearsal, Timing
from rowkeep.domain.structure import Structure
from rowkeep.errors import Remains, RowkeepError
from rowkeep.plan.losses import losses, not_accepted, touched
from rowkeep.report.events import count_text
from rowkeep.walk.stage import stage


def rehearse(
    backup: Backup,
    plan: Plan,
    settings: Settings,
    programs: Programs,
    *,
    user: str | None,
    accepted: Collection[str] = (),
    tell: Tell,
) -> Rehearsal:
    """Restore `backup`, carry `plan` out on the copy, and say what became of rows, structure and time.

    user: who migrates production; what that role may not do must fail here too (None: the superuser of the copy).
    accepted: names of what may be lost.
    Raises BackupFailed where the backup does not restore to what its manifest says, and the runner's own errors where
    a migration fails on the copy; production is untouched. A loss is returned, not raised: the caller judges.
    """
    watch = Stopwatch(tell)
    with scratch.start(programs, tell=tell) as server:
        with stage(tell, "restore", "Restoring the backup into a throw-away server") as restored:
            copy = backups.restore_copy(backup, server, tell=tell)
            proven = backups.record_proof(copy)
            conninfo = server.conninfo(copy.database)
            restored.summary = f"{count_text(backup.rows, 'row')}, as many as were counted"
        count = count_text(len(plan.steps), "migration")
        with stage(tell, "rehearse", f"Rehearsing {count} on the copy") as rehearsed:
            seen_before, before = _look(conninfo, settings)
            _carry(conninfo, user, plan, settings, watch)
            seen_after, after = _look(conninfo, settings)
            lost = losses(seen_before, seen_after)
            refused = not_accepted(lost, accepted)
            rehearsed.outcome = Outcome.REFUSED if refused else Outcome.OK
            told = (
                "rows or values would be LOST" if refused else "what is lost is accepted" if lost else "nothing lost"
            )
            rehearsed.summary = f"{count}; {told}"
    return Rehearsal(
        backup=proven,
        major=server.major,
        restore_seconds=restored.seconds,
        migrate_seconds=watch.seconds,
        rows=sum(table.rows for table in seen_before.tables),
        before=before,
        after=after,
        losses=lost,
        touched=touched(seen_before, seen_after),
        timings=tuple(watch.timings),
    )


class Stopwatch:
    """Listens to the runner on the copy: passes its events on, and remembers how long each statement took."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.timings: list[Timing] = []
        self.seconds = 0.0
        self._begun: StatementBegan | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, StatementBegan):
            self._begun = event
        elif isinstance(event, StatementEnded) and self._begun is not None:
            begun = self._begun
            self.timings.append(Timing(begun.migration, begun.place, begun.head, event.seconds))
        self.tell(event)


def _look(conninfo: str, settings: Settings) -> tuple[Observation, Structure]:
    # A session of its own: what the runner's session did is in the server's counters only after that one has ended.
    with connect(conninfo, application="rowkeep rehearse") as session:
        seen = observe(session, history_schema=settings.history_schema, history_table=settings.history_table)
        return seen, fingerprint.read(session)


def _carry(conninfo: str, user: str | None, plan: Plan, settings: Settings, watch: Stopwatch) -> None:
    began = time.perf_counter()
    rules = manners(settings)
    try:
        with connect(conninfo, application="rowkeep rehearse", **({"user": user} if user else {})) as session:
            set_up(session, rules)
            carry_out(session, plan, watch, rules=rules)
    except RowkeepError as error:
        # What the runner says of "the database" is the copy's state; of production there is only one thing to say.
        error.remains, error.remains_detail = Remains.UNCHANGED, "it failed in the rehearsal, on the restored copy"
        raise
    finally:
        watch.seconds = time.perf_counter() - began
