"""Removes leftovers of throw-away servers after a power failure or a killed watchdog."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path

from rowkeep.programs.server_user import ServerUser
from rowkeep.scratch import lifetime, temporary_directory

PATIENCE = 5.0
"""Seconds to wait for an orphaned server to end."""


def sweep_orphans(who: ServerUser, more: tuple[Path, ...] = ()) -> None:
    """Remove directories whose server is gone, and end servers without a watchdog. Only our own.

    more: where to look besides the temporary directories.
    """
    for parent in dict.fromkeys((*more, *temporary_directory.temporary_parents())):
        for path in parent.glob(f"{temporary_directory.PREFIX}*"):
            try:
                _clear(path, {os.geteuid(), who.uid})
            except OSError:
                continue  # another run removes the same directory, or it belongs to another user


def _clear(path: Path, owners: set[int]) -> None:
    if path.is_symlink() or path.stat().st_uid not in owners:
        return
    with suppress(OSError):
        path.rmdir()  # empty: its creator was killed before it could lock it, or makes another one
        return
    handle = os.open(path / lifetime.LOCK, os.O_RDWR)
    try:
        if _free(handle) or (is_orphaned(path) and _end_server(path, handle)):
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(handle)


def _free(handle: int) -> bool:
    """Whether we could acquire the lock."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_orphaned(path: Path) -> bool:
    """Whether nobody reads the FIFO: the watchdog is dead."""
    try:
        os.close(os.open(path / lifetime.HOLD, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        return error.errno == errno.ENXIO
    return False


def _end_server(path: Path, handle: int) -> bool:
    """End the server without a watchdog. Returns whether we now hold its lock."""
    known = lifetime.read_postmaster_pid(path) != ()
    return known and lifetime.end_orphan(path, signal.SIGQUIT, PATIENCE, lambda: _free(handle))
