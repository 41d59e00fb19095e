"""Clocks and time zones: the history's `run_on` is local time without a zone, and its order decides everything."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import ConnectionFacts, DatabaseFacts, DoctorFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.report.events import format_seconds

TOLERATED = 5.0
"""Seconds of difference that nobody minds."""


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """The two clocks agree; one time zone for everybody; nothing in the history lies in the future."""
    if facts.database is None:
        return
    yield _clock(facts.database.connection)
    yield _zone(facts.database)
    yield from _future(facts.database)


def _clock(connection: ConnectionFacts) -> Check:
    # The answer took a moment: the difference is known no better than that.
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
        "names of new migrations come from this clock, `run_on` from the server's: their orders may differ",
        ("let NTP set both clocks (timedatectl)",),
    )


def _zone(database: DatabaseFacts) -> Check:
    server = database.server
    fixed = {
        role: setting.partition("=")[2].strip("'\"")
        for role, _, setting in database.overrides
        if role and setting.lower().startswith("timezone=")
    }
    # A zone fixed for our own role hides the server's, which the other roles have.
    if server.role in fixed or any(zone != server.time_zone for zone in fixed.values()):
        return Check(
            "time-zone",
            CheckResult.WARN,
            f"{server.time_zone} here; fixed for " + ", ".join(f"{role}: {zone}" for role, zone in fixed.items()),
            "`run_on` is local time: after a run under another zone the order check stops every later one",
            ("ALTER ROLE … RESET TimeZone, so that every role that migrates has the server's zone",),
        )
    if server.summer_time:
        return Check(
            "time-zone",
            CheckResult.WARN,
            f"{server.time_zone}, which sets its clocks back once a year",
            "in that hour a later run gets an earlier `run_on`, and the order check stops the next one",
            (
                "do not migrate in that hour",
                "ALTER DATABASE … SET TimeZone = 'UTC'   (before the first migration only)",
            ),
        )
    return Check("time-zone", CheckResult.OK, f"{server.time_zone}, for everybody and all the year")


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
            "what is applied now would stand before it, and node-pg-migrate refuses that order",
            (f"wait, or set the zone back in which it ran; this session's is {state.time_zone}",),
        )
