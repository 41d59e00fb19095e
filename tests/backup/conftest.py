"""Shops to back up, and a way to catch a program in the middle of its work."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S

from rowkeep.domain.event import Event

EVERYTHING = Path(__file__).parent.parent / "structure"


@pytest.fixture
def shop(database: str) -> str:
    """A database with one of nearly everything, and rows in it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute((EVERYTHING / "everything_roles.sql").read_bytes())
        connection.execute((EVERYTHING / "everything.sql").read_bytes())
    return database


@pytest.fixture
def bulky(database: str) -> str:
    """About 20 MB that hardly compress: enough to meet pg_dump and pg_restore at work."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE bulk (id integer PRIMARY KEY, noise text)")
        connection.execute("ALTER TABLE bulk ALTER noise SET STORAGE EXTERNAL")
        with connection.cursor().copy("COPY bulk FROM STDIN") as copy:
            for number in range(1300):
                copy.write_row((number, random.randbytes(8000).hex()))
    return database


@pytest.fixture
def heard() -> list[Event]:
    """What was told; `heard.append` is a Tell."""
    return []


WORK = {"pg_dump": b"--snapshot=", "pg_restore": b"--jobs="}
"""The argument that tells a program at work from one that is only asked for its version."""


def children(name: str, parent: int | None = None) -> list[int]:
    """The processes of this name that `parent` (default: we) started, at work."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            command, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            ours = command == name and int(rest.split()[1]) == (parent or os.getpid())
            if ours and WORK[name] in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def catch(name: str, parent: int | None = None, patience: float = PATIENCE_S) -> int:
    """Wait for a process of this name and stop it (SIGSTOP) as soon as it is there; its id."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        for pid in children(name, parent):
            os.kill(pid, signal.SIGSTOP)
            return pid
        time.sleep(0.002)
    raise AssertionError(f"{name} was never seen")


def gone(pid: int, patience: float = PATIENCE_S) -> bool:
    """Whether the process ends (or is only waited for by nobody) in time."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


@contextmanager
def beside(operation: Callable[[], None]) -> Iterator[None]:
    """Run `act` in a thread beside the body; what it raises is raised here."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            operation()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(PATIENCE_S)
    if raised:
        raise raised[0]
