"""The primary is killed in the middle of a run, its standby promoted: ledger and catalog agree, and it goes on."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.faults.power import SETTINGS
from tests.patience import PATIENCE_S

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Event, MigrationFinished, StatementStarted
from rowkeep.errors import Remains, Unreachable
from rowkeep.programs.server_user import ServerUser, choose_server_user
from rowkeep.scratch import cluster, temporary_directory
from rowkeep.scratch.server import Server

if TYPE_CHECKING:
    from tests.support.project import Project

pytestmark = [pytest.mark.server, pytest.mark.faults]


class Pair:
    """A primary and the standby that streams from it."""

    def __init__(self, programs: Programs, homes: tuple[Path, Path], who: ServerUser) -> None:
        self.programs, self.homes, self.who = programs, homes, who
        self.primary, self.standby = (Server(programs, str(home), str(home)).conninfo() for home in homes)
        self.either = psycopg.conninfo.make_conninfo(
            self.primary, host=",".join(map(str, homes)), port="5432,5432", target_session_attrs="read-write"
        )

    def on(self, home: Path) -> None:
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={home}"))
        self.perform("pg_ctl", "start", "-w", "-l", str(home / "log"), "-o", options, "-D", str(home / "data"))

    def copy(self) -> None:
        """The standby, as it is made everywhere: a copy, and -R for what makes it follow."""
        data = str(self.homes[1] / "data")
        self.perform("pg_basebackup", "-D", data, "-R", "-c", "fast", "-d", self.primary)

    def synchronous(self) -> None:
        """A commit is told when the standby has it."""
        with psycopg.connect(self.primary, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
            until = time.monotonic() + PATIENCE_S
            while connection.execute("SELECT sync_state FROM pg_stat_replication").fetchone() != ("sync",):
                assert time.monotonic() < until, "the standby does not follow"
                time.sleep(0.02)

    def fail_over(self) -> None:
        """The primary dies without a word, and the standby takes its place."""
        primary = self.pid(self.homes[0])
        if sys.platform == "linux":
            maps = Path(f"/proc/{primary}/maps").read_text()
            assert "/dev/shm/PostgreSQL." not in maps, "a killed server would leave it there"
        os.kill(primary, signal.SIGKILL)
        self.perform("pg_ctl", "promote", "-w", "-D", str(self.homes[1] / "data"))

    def off(self) -> None:
        for home in self.homes:
            with suppress(OSError, IndexError, ValueError):
                os.kill(self.pid(home), signal.SIGQUIT)
        until = time.monotonic() + PATIENCE_S
        while any(self.alive(home) for home in self.homes) and time.monotonic() < until:
            time.sleep(0.02)

    def alive(self, home: Path) -> bool:
        with suppress(OSError, IndexError, ValueError):
            os.kill(self.pid(home), 0)
            return True
        return False

    def pid(self, home: Path) -> int:
        return int((home / "data" / "postmaster.pid").read_text().split()[0])

    def perform(self, program: str, *words: str) -> None:
        command = [self.programs.path(program), *words]
        code, said = cluster.run_as_server_user(command, self.who, cluster.server_environment(self.programs))
        assert code == 0, said


@contextmanager
def pair(programs: Programs) -> Iterator[Pair]:
    """Both, running; gone at the end."""
    who = choose_server_user()
    (first, one_lock), (second, other_lock) = (temporary_directory.make_directory(who) for _ in range(2))
    homes = (first, second)
    both = Pair(programs, homes, who)
    try:
        cluster.copy_template_cluster(programs, homes[0] / "data", who)
        both.on(homes[0])
        both.copy()
        both.on(homes[1])
        yield both
    finally:
        both.off()
        for home in homes:
            shutil.rmtree(home, ignore_errors=True)
        os.close(one_lock)
        os.close(other_lock)


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize("way", ["asynchronous", "synchronous"])
def test_a_failover_in_the_middle_of_a_run(project: Project, server: Server, way: str) -> None:
    project.write("1_a", "CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);")
    project.write(
        "2_i", "INSERT INTO a VALUES (2);\nCREATE INDEX CONCURRENTLY i ON a (id);\nINSERT INTO a VALUES (3);"
    )
    project.write("3_c", "CREATE TABLE c AS SELECT count(*) FROM a;\nSELECT pg_sleep(0.1);\nINSERT INTO c VALUES (0);")
    with pair(server.programs) as both:
        if way == "synchronous":
            both.synchronous()
        project = replace(project, conninfo=both.either, events=[])
        told: list[str] = []

        def emit(event: Event) -> None:
            if isinstance(event, MigrationFinished):
                told.append(event.name)
            if isinstance(event, StatementStarted) and (event.migration, event.index) == ("3_c", 1):
                both.fail_over()

        with pytest.raises(Unreachable) as lost:
            project.run(emit=emit)
        assert lost.value.remains is Remains.ROLLED_BACK, lost.value.remains
        assert told == ["1_a", "2_i"]
        names = project.names()
        # Without a standby that is waited for, the last commits may be lost; what is there is whole all the same.
        assert names == told if way == "synchronous" else names == told[: len(names)]
        assert project.exists("a") is ("1_a" in names)
        assert not project.exists("c")
        project.run()
        assert project.names() == ["1_a", "2_i", "3_c"]
        assert project.sql("SELECT id FROM a ORDER BY id") == [1, 2, 3]
        assert sorted(project.sql("SELECT count FROM c")) == [0, 3]
        assert project.sql("SELECT migration FROM rowkeep.entry WHERE outcome = 'applied' ORDER BY id") == [
            *("1_a", "2_i", "3_c")
        ]
