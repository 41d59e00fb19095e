"""A server of our own whose power fails: stopped without a word, and started again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rowkeep.domain.deploy.program import Programs
from rowkeep.programs.server_user import ServerUser, choose_server_user
from rowkeep.scratch import cluster, temporary_directory
from rowkeep.scratch.server import Server

SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "listen_addresses=",
    "shared_buffers=16MB",
    # Of a killed server nothing is left in /dev/shm: what it shared is removed with its directory.
    "dynamic_shared_memory_type=mmap",
)
"""Memory survives the death of a process, so nothing waits for the disk; commits wait for the log as in production."""


class Power:
    """The switch of a server."""

    def __init__(self, programs: Programs, directory: Path, who: ServerUser) -> None:
        self.server = Server(programs, str(directory), str(directory))
        self._programs, self._directory, self._who = programs, directory, who

    def on(self) -> None:
        """Start, and wait until it answers."""
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={self._directory}"))
        self._pg_ctl("start", "-w", "-l", str(self._directory / "log"), "-o", options)

    def off(self) -> None:
        """Stop as if the power failed: no checkpoint, every session dead."""
        self._pg_ctl("stop", "-m", "immediate", "-w")

    def _pg_ctl(self, *words: str) -> None:
        command = [self._programs.path("pg_ctl"), "-D", str(self._directory / "data"), *words]
        code, said = cluster.run_as_server_user(command, self._who, cluster.server_environment(self._programs))
        assert code == 0, said


@contextmanager
def power(programs: Programs) -> Iterator[Power]:
    """A new server, running; gone at the end."""
    who = choose_server_user()
    directory, lock = temporary_directory.make_directory(who)
    switch = Power(programs, directory, who)
    try:
        cluster.copy_template_cluster(programs, directory / "data", who)
        switch.on()
        try:
            yield switch
        finally:
            switch.off()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)
