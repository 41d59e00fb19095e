"""Wait until no migration is pending: for an application that starts beside its migrations."""

from __future__ import annotations

import time

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.count import count_text, plural_form
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Waiting
from rowkeep.domain.migration import Directory
from rowkeep.domain.plan import Survey
from rowkeep.errors import Busy, Unreachable
from rowkeep.plan import objections
from rowkeep.plan.survey import make_survey

PAUSE_S = 0.5
EMIT_EVERY_S = 10.0
CONNECT_S = 5
SHOWN = 5


class WaitClock:
    """How long we have waited, and how long we may."""

    def __init__(self, limit_s: float, emit: Emit) -> None:
        self.limit_s = limit_s
        self.emit = emit
        self.began = time.monotonic()
        self._emitted_at = -EMIT_EVERY_S

    @property
    def waited(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    def pause(self, what: str) -> bool:
        """Emit now and then what we wait for, and sleep a little. False: the time is over."""
        left = self.limit_s - self.waited
        if left <= 0:
            return False
        if self.waited - self._emitted_at >= EMIT_EVERY_S:
            self._emitted_at = self.waited
            self.emit(Waiting(what, self.waited, ()))
        time.sleep(min(PAUSE_S, left))
        return True


def wait_for_migrations(settings: Settings, conninfo: str, limit_s: float, emit: Emit) -> Survey:
    """Return as soon as every migration of the directory is applied. Reads only, and takes no lock.

    Raises Busy if some are pending after `limit_s` seconds; Unreachable when the server cannot be reached then.
    """
    directory = files.read(settings)
    clock = WaitClock(limit_s, emit)
    while True:
        try:
            with connect(conninfo, application="rowkeep wait", connect_timeout=CONNECT_S) as session:
                return _wait_until_applied(session, settings, directory, clock)
        except Unreachable:
            if not clock.pause("the server"):
                raise


def _wait_until_applied(session: Session, settings: Settings, directory: Directory, clock: WaitClock) -> Survey:
    while True:
        survey = make_survey(directory, read_state(session, settings))
        objections.check_directory(survey)
        if not survey.pending:
            return survey
        if not clock.pause("the migrations"):
            raise _make_pending_error(survey, clock.waited)


def _make_pending_error(survey: Survey, waited: float) -> Busy:
    names = [item.name for item in survey.pending]
    more = f" … and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return Busy(
        f"{len(names)} of {count_text(len(survey.directory.migrations), 'migration')} "
        f"{plural_form(len(names), 'is', 'are')} pending after {waited:.0f} s",
        code=ErrorCode.MIGRATIONS_PENDING,
        where=survey.state.database,
        why=", ".join(names[:SHOWN]) + more,
        instead=("rowkeep up   (beside the application, once)", "wait longer: --timeout 5min"),
    )
