"""Throw-away servers: fast, private, on a unix socket only, and gone without a trace."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rowkeep.domain.event import Noted, Tell
from rowkeep.domain.program import Programs
from rowkeep.errors import Unreachable
from rowkeep.programs.account import account
from rowkeep.scratch import cluster, containment, hold, place
from rowkeep.scratch.server import Server
from rowkeep.scratch.sweep import sweep

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
    # A copy acts for nobody: it fetches nothing, archives nothing, and loads nothing that works in the background.
    "max_logical_replication_workers": "0",
    "archive_mode": "off",
    "shared_preload_libraries": "",
    "jit": "off",
    # Containers have 64 MB of /dev/shm, which a parallel index build exceeds.
    "dynamic_shared_memory_type": "mmap",
    "restart_after_crash": "off",
}
"""Nothing here has to survive a power cut, so nothing waits for the disk."""


@contextmanager
def start(
    programs: Programs,
    *,
    tell: Tell | None = None,
    settings: Mapping[str, str] | None = None,
    cut_off: bool = True,
) -> Iterator[Server]:
    """A new server of `programs`, from a cached template; stopped and removed at the end, also when we are killed.

    settings: server parameters on top of SETTINGS. cut_off: nothing that runs on it may reach anything outside;
    `Server.containment` says what of that this system can do.

    As root it runs under an existing unprivileged user, which is told; none is ever created. Raises
    ProgramMissing or Unreachable.
    """
    who = account()
    if who.foreign and tell is not None:
        tell(Noted(f"PostgreSQL refuses to run as root; the throw-away server runs as the user {who.name}"))
    sweep(who)
    directory = place.make(who)
    held = None
    try:
        lock = hold.lock(directory)
        if lock is None:
            raise Unreachable("a new directory is in use already", where=str(directory))
        try:
            cluster.copy_template(programs, directory / hold.DATA, who)
        except BaseException:
            os.close(lock)
            raise
        chosen = {**SETTINGS, **(settings or {})}
        held = hold.launch(
            programs, directory, directory, who, chosen, durable=False, lock=lock, patience=PATIENCE, cut_off=cut_off
        )
        yield Server(programs, str(directory), str(directory), containment=containment.read(directory))
    finally:
        if held is not None:
            held.release()
        shutil.rmtree(directory, ignore_errors=True)
