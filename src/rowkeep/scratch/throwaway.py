"""Throw-away servers: fast, private, on a unix socket only, and removed completely afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Emit, Event, Noted
from rowkeep.programs.background import NEVER, BackgroundTask, Cancellation, open_in_background
from rowkeep.programs.server_user import choose_server_user
from rowkeep.scratch import cluster, containment, lifetime, temporary_directory
from rowkeep.scratch.server import Server
from rowkeep.scratch.sweep import sweep_orphans

PATIENCE = 30.0
"""Seconds a start may take."""

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "maintenance_work_mem": "256MB",
    "max_locks_per_transaction": "256",
    # A copy replicates nothing, archives nothing, and runs no background workers of libraries.
    "max_logical_replication_workers": "0",
    "archive_mode": "off",
    "shared_preload_libraries": "",
    "jit": "off",
    # Containers have 64 MB of /dev/shm, which a parallel index build exceeds.
    "dynamic_shared_memory_type": "mmap",
    "restart_after_crash": "off",
}
"""Nothing has to survive a power failure, so nothing waits for the disk."""


@contextmanager
def start_server(
    programs: Programs,
    *,
    emit: Emit | None = None,
    settings: Mapping[str, str] | None = None,
    cut_off: bool = True,
    cancellation: Cancellation = NEVER,
) -> Iterator[Server]:
    """Run a new server from a cached template. It is stopped and removed at the end, even if we are killed.

    settings: server parameters besides SETTINGS. cut_off: isolate the server; `Server.containment` says what this
    system can block. cancellation: stops a start in another thread.

    For root it runs as an existing unprivileged user, and a note says so. Raises ProgramMissing or Unreachable.
    """
    who = choose_server_user()
    if who.foreign and emit is not None:
        emit(Noted(f"PostgreSQL refuses to run as root; the throw-away server runs as the user {who.name}"))
    sweep_orphans(who)
    directory, lock = temporary_directory.make_directory(who)
    hold = None
    try:
        try:
            cluster.copy_template_cluster(programs, directory / lifetime.DATA, who, cancellation)
        except BaseException:
            os.close(lock)
            raise
        chosen = {**SETTINGS, **(settings or {})}
        hold = lifetime.launch_server(
            programs,
            directory,
            directory,
            who,
            chosen,
            durable=False,
            lock=lock,
            patience=PATIENCE,
            cut_off=cut_off,
            cancellation=cancellation,
        )
        yield Server(programs, str(directory), str(directory), containment=containment.read_containment(directory))
    finally:
        if hold is not None:
            hold.release()
        shutil.rmtree(directory, ignore_errors=True)


class BackgroundServer:
    """A throw-away server that starts, runs and stops in a thread of its own.

    settings: those that it was asked to start with, besides SETTINGS.
    """

    def __init__(self, task: BackgroundTask[Server], settings: Mapping[str, str], events: list[Event]) -> None:
        self.settings = settings
        self._task = task
        self._events = events

    def server(self, emit: Emit | None = None) -> Server:
        """The server, as soon as it runs. Raises what `start_server` raises. emit: gets its notes, in this thread."""
        server = self._task.value()
        while self._events and emit is not None:
            emit(self._events.pop(0))
        return server

    def check(self) -> None:
        """Raise the error of the start, if it has failed by now."""
        self._task.check()

    def release(self) -> None:
        """Let the server be stopped and removed, without waiting for that."""
        self._task.release()


@contextmanager
def start_in_background(
    programs: Programs, *, settings: Mapping[str, str] | None = None
) -> Iterator[BackgroundServer]:
    """Start a throw-away server while the block goes on. At the end of the block it is stopped and removed."""
    events: list[Event] = []
    wanted = settings or {}

    def start(cancellation: Cancellation) -> AbstractContextManager[Server]:
        return start_server(programs, emit=events.append, settings=wanted, cancellation=cancellation)

    with open_in_background("throw-away-server", start) as task:
        yield BackgroundServer(task, wanted, events)
