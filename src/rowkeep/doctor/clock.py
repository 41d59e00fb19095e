"""Clocks and time zones: `run_on` in the history is local time without a zone, and its order matters."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import ConnectionFacts, DatabaseFacts, DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.report.events import format_seconds

TOLERATED = 5.0
"""Seconds of difference that are tolerated."""


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """The two clocks agree, everybody has the same time zone, and no history entry is in the future."""
    if facts.database is None:
        return
    yield _clock(facts.database.connection)
    yield _zone(facts.database)
    yield from _future(facts.database)


def _clock(connection: ConnectionFacts) -> Check:
    # The measured difference is only as exact as the duration of the query.
    sure = abs(connection.skew) - connection.seconds
    if sure <= TOLERATED:
        return Check(
            "clock", CheckResult.OK, f"within {format_seconds(max(abs(connection.skew), 0.001))} of the server's"
        )
    ahead = "ahead of" if connection.skew > 0 else "behind"
    return Check(
        "clock",
        CheckResult.WARN,
        f"the server's clock is {format_seconds(abs(connection.skew))} {ahead} this machine's",
        "new migrations are named by this clock, `run_on` comes from the server's: their orders may differ",
        ("let NTP set both clocks (timedatectl)",),
    )


def _zone(database: DatabaseFacts) -> Check:
    server = database.server
    fixed = {
        role: setting.partition("=")[2].strip("'\"")
        for role, _, setting in database.overrides
        if role and setting.lower().startswith("timezone=")
    }
    # A zone set for our own role hides the server's zone, which other roles have.
    if server.role in fixed or any(zone != server.time_zone for zone in fixed.values()):
        return Check(
            "time-zone",
            CheckResult.WARN,
            f"{server.time_zone} here; set for " + ", ".join(f"{role}: {zone}" for role, zone in fixed.items()),
            "`run_on` is local time: after a run in another zone the order check stops every later run",
            ("ALTER ROLE … RESET TimeZone, so that every migration role has the server's zone",),
        )
    if server.summer_time:
        return Check(
            "time-zone",
            CheckResult.WARN,
            f"{server.time_zone}, which sets its clocks back once a year",
            "in that hour a later run gets an earlier `run_on`, and the order check stops the next run",
            (
                "do not migrate in that hour",
                "ALTER DATABASE … SET TimeZone = 'UTC'   (before the first migration only)",
            ),
        )
    return Check("time-zone", CheckResult.OK, f"{server.time_zone}, for everybody, all year")


def _future(database: DatabaseFacts) -> Iterator[Check]:
    state = database.state
    if state is None or state.newest is None:
        return
    ahead = (state.newest - state.now).total_seconds()
    if ahead > TOLERATED:
        yield Check(
            "run-on",
            CheckResult.FAIL,
            f"the last migration was applied {format_seconds(ahead)} in the future ({state.newest:%Y-%m-%d %H:%M:%S})",
            "migrations applied now would come before it, and node-pg-migrate refuses that order",
            (f"wait, or restore the time zone in which it ran; this session has {state.time_zone}",),
        )
