"""How every run begins: connect, apply the session policy, acquire the run lock. Then survey, plan and act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

from rowkeep import files
from rowkeep.config import Settings
from rowkeep.database.catalog.state import read_state
from rowkeep.database.connection import run_lock
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.connection.session_policy import (
    SessionPolicy,
    apply_policy_and_try_lock,
    hold_run_lock,
    session_policy,
)
from rowkeep.domain.client import LockHolder
from rowkeep.domain.event import Emit
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.migration import Directory
from rowkeep.domain.plan import Survey
from rowkeep.plan.survey import make_survey

CollectRunMetadata = Callable[[], RunMetadata]
"""Collects who runs what, and from where. Called only when something is about to be changed: it asks git."""


class OpenRun:
    """A run that has begun: its session is set up and holds the run lock.

    session: to the database that is changed. policy: how the session behaves. ended_orphans: the sessions of dead
    runs that were ended to acquire the run lock.
    """

    def __init__(
        self,
        session: Session,
        policy: SessionPolicy,
        settings: Settings,
        directory: Directory | None,
        collect_run_metadata: CollectRunMetadata | None,
        ended_orphans: tuple[LockHolder, ...],
    ) -> None:
        self.session = session
        self.policy = policy
        self.ended_orphans = ended_orphans
        self._settings = settings
        self._directory = directory
        self._collect_run_metadata = collect_run_metadata

    @cached_property
    def survey(self) -> Survey:
        """The state of every migration, read once, under the run lock."""
        directory = self._directory if self._directory is not None else files.read(self._settings)
        return make_survey(directory, read_state(self.session, self._settings))

    @cached_property
    def metadata(self) -> RunMetadata:
        """What the ledger records about this run, the orphans that were ended included. Collected once."""
        collected = self._collect_run_metadata() if self._collect_run_metadata is not None else RunMetadata("rehearse")
        return run_lock.with_ended_orphans(collected, self.ended_orphans)


@contextmanager
def open_run(
    settings: Settings,
    conninfo: str,
    emit: Emit,
    *,
    application: str = "rowkeep",
    user: str | None = None,
    directory: Directory | None = None,
    collect_run_metadata: CollectRunMetadata | None = None,
) -> Iterator[OpenRun]:
    """Open a run, and hold its run lock until the end of the block.

    application: the name of the session, for others who look at the server. user: the role to log in as (default: that
    of `conninfo`). directory: the migrations, where they were read before; otherwise the survey reads them.

    Raises Unreachable, Refused (a pooler that shares sessions), and Busy where another run holds the lock.
    """
    policy = session_policy(settings)
    options = {"user": user} if user else {}
    with connect(conninfo, application=application, **options) as session:
        acquired = apply_policy_and_try_lock(session, policy)
        with hold_run_lock(session, policy, emit, acquired=acquired) as ended_orphans:
            yield OpenRun(session, policy, settings, directory, collect_run_metadata, ended_orphans)
