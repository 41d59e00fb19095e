"""Throw-away servers: fast, private, on a unix socket only, and removed completely afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Emit, Event, Noted
from rowkeep.programs.background import NEVER, BackgroundTask, Cancellation, open_in_background
from rowkeep.programs.server_user import ServerUser, choose_server_user
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


STOP_PATIENCE = 600.0
"""Seconds a clean stop may take: it writes everything that is in memory to the files."""

FillDirectory = Callable[[Path, ServerUser, Cancellation], None]
"""Creates the data directory of a server, which does not exist yet."""


class ThrowawayProcess:
    """The process of a throw-away server on the files of `directory`.

    lock: of the directory. It is held until the end, also while the server is stopped, so that no other run takes the
    directory for a leftover.
    """

    def __init__(
        self,
        programs: Programs,
        directory: Path,
        who: ServerUser,
        settings: Mapping[str, str],
        lock: int,
        *,
        cut_off: bool,
    ) -> None:
        self._programs = programs
        self._directory = directory
        self._who = who
        self._settings = settings
        self._lock = lock
        self._cut_off = cut_off
        self._hold: lifetime.ServerHold | None = None

    def start(self, cancellation: Cancellation) -> None:
        """Start the server. Raises Unreachable with its messages."""
        self._hold = lifetime.launch_server(
            self._programs,
            self._directory,
            self._directory,
            self._who,
            self._settings,
            durable=False,
            lock=os.dup(self._lock),
            patience=PATIENCE,
            cut_off=self._cut_off,
            cancellation=cancellation,
        )

    def start_again(self) -> None:
        """Start it with the same settings. Raises Unreachable."""
        self.start(NEVER)

    def stop_cleanly(self) -> None:
        """End all sessions and write everything to the files. Raises Unreachable if the server does not end."""
        if self._hold is not None:
            self._hold.stop_cleanly(STOP_PATIENCE)
            self._hold = None

    def end(self) -> None:
        """Stop it at once, if it runs, and remove its directory."""
        try:
            if self._hold is not None:
                self._hold.release()
            shutil.rmtree(self._directory, ignore_errors=True)
        finally:
            os.close(self._lock)


@contextmanager
def start_server(
    programs: Programs,
    *,
    emit: Emit | None = None,
    settings: Mapping[str, str] | None = None,
    cut_off: bool = True,
    parents: tuple[Path, ...] = (),
    fill: FillDirectory | None = None,
    cancellation: Cancellation = NEVER,
) -> Iterator[Server]:
    """Run a new server from a cached template. It is stopped and removed at the end, even if we are killed.

    settings: server parameters besides SETTINGS. cut_off: isolate the server; `Server.containment` says what this
    system can block. parents: directories that are preferred to the temporary one. fill: creates the data directory
    (default: a copy of the template). cancellation: stops a start in another thread.

    For root it runs as an existing unprivileged user, and a note says so. Raises ProgramMissing or Unreachable.
    """
    who = choose_server_user()
    if who.foreign and emit is not None:
        emit(Noted(f"PostgreSQL refuses to run as root; the throw-away server runs as the user {who.name}"))
    sweep_orphans(who, parents)
    directory, lock = temporary_directory.make_directory(who, parents)
    process = ThrowawayProcess(programs, directory, who, {**SETTINGS, **(settings or {})}, lock, cut_off=cut_off)
    try:
        if fill is None:
            cluster.copy_template_cluster(programs, directory / lifetime.DATA, who, cancellation)
        else:
            fill(directory / lifetime.DATA, who, cancellation)
        process.start(cancellation)
        closed = containment.read_containment(directory)
        yield Server(programs, str(directory), str(directory), containment=closed, process=process)
    finally:
        process.end()


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
    programs: Programs, *, settings: Mapping[str, str] | None = None, parents: tuple[Path, ...] = ()
) -> Iterator[BackgroundServer]:
    """Start a throw-away server while the block goes on. At the end of the block it is stopped and removed.

    settings, parents: as for `start_server`.
    """
    events: list[Event] = []
    wanted = settings or {}

    def start(cancellation: Cancellation) -> AbstractContextManager[Server]:
        return start_server(programs, emit=events.append, settings=wanted, parents=parents, cancellation=cancellation)

    with open_in_background("throw-away-server", start) as task:
        yield BackgroundServer(task, wanted, events)
