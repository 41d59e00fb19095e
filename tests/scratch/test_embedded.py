"""The embedded server: durable, shared by the commands that use it, stopped by the last, safe against every death."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_S

from rowkeep.domain.event import Event, Noted
from rowkeep.errors import Misused, Unreachable
from rowkeep.knowledge.program_locations import MAJORS
from rowkeep.scratch import Server, embedded_directory, embedded_server
from rowkeep.scratch.spec import EmbeddedSpec, is_embedded, parse_spec

pytestmark = pytest.mark.server

CLIENT = """
import sys
from rowkeep import scratch
with scratch.embedded_server(sys.argv[1]) as server:
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def project() -> Iterator[Path]:
    """An empty project directory that others can enter."""
    directory = Path(tempfile.mkdtemp(prefix="project-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    """An embedded server's directory, made once; every test leaves it stopped."""
    made = Path(tempfile.mkdtemp(prefix="project-"))
    made.chmod(0o755)
    with embedded_server(f"embedded:{made}/own"):
        pass
    yield made / "own"
    shutil.rmtree(made)


@pytest.fixture
def said(directory: Path) -> Callable[[], str]:
    """What the server has written into its log since the test began."""
    before = (directory / "log").stat().st_size
    return lambda: (directory / "log").read_text(encoding="utf-8")[before:]


class Client:
    """A process of its own that uses the embedded server in a directory until it is told to end."""

    def __init__(self, directory: Path) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-c", CLIENT, f"embedded:{directory}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def up(self) -> None:
        assert self.child.stdout is not None
        assert self.child.stdout.readline() == "up\n"

    def kill(self) -> None:
        self.child.kill()
        self.child.communicate()

    def end(self) -> None:
        self.child.communicate("", timeout=PATIENCE_S)
        assert self.child.returncode == 0


Running = Callable[[Path], dict[str, int]]
Stopped = Callable[..., bool]


@pytest.fixture
def running(processes: Callable[[object], dict[int, str]]) -> Running:
    """The living server and watchdog of a directory, by name."""
    return lambda directory: {
        ("watchdog" if "watchdog.py" in words else "server"): pid
        for pid, words in processes(f"{directory}/data").items()
    }


@pytest.fixture
def stopped(running: Running) -> Stopped:
    """Whether nothing of a directory's server lives, after a while."""

    def ask(directory: Path, within: float = PATIENCE_S) -> bool:
        until = time.monotonic() + within
        while running(directory):
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    return ask


def write(server: Server, value: int) -> None:
    with psycopg.connect(server.conninfo()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def read(server: Server) -> list[int]:
    with psycopg.connect(server.conninfo()) as connection:
        return [value for (value,) in connection.execute("SELECT value FROM kept ORDER BY value")]


@pytest.mark.server
@pytest.mark.parametrize("major", MAJORS)
def test_made_once_kept_for_ever(project: Path, major: int, stopped: Stopped) -> None:
    told: list[Event] = []
    with embedded_server(f"embedded:{major}", project=project, emit=told.append) as server:
        assert server.major == major
        assert server.directory == f"{project}/.rowkeep/embedded/{major}"
        with psycopg.connect(server.conninfo()) as connection:
            assert connection.info.dbname == "app"
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        write(server, 1)
    assert stopped(Path(server.directory), within=0)
    assert [event for event in told if isinstance(event, Noted) and "creating" in event.message]
    assert (project / ".rowkeep" / ".gitignore").read_text(encoding="ascii") == "*\n"
    assert not (Path(server.directory) / "data" / "postmaster.pid").exists()
    told.clear()
    with embedded_server("embedded:", project=project, emit=told.append) as again:
        assert again.major == major, "the one that is there, not the newest"
        assert read(again) == [1]
    assert told == []


@pytest.mark.server
def test_the_last_one_out_stops_it(
    directory: Path, said: Callable[[], str], running: Running, stopped: Stopped
) -> None:
    first, second = Client(directory), Client(directory)
    first.up()
    second.up()
    with embedded_server(f"embedded:{directory}") as server:
        write(server, 1)
        processes = running(directory)
        assert set(processes) == {"server", "watchdog"}, "one server for all three"
        first.end()
        second.kill()
        write(server, 2)
        assert running(directory) == processes
    assert stopped(directory, within=0)
    assert said().count("database system is shut down") == 1
    with embedded_server(f"embedded:{directory}") as server:
        assert read(server)[-2:] == [1, 2]


@pytest.mark.server
def test_many_come_and_go(directory: Path, said: Callable[[], str], stopped: Stopped) -> None:
    clients = []
    for number in range(9):
        clients.append(Client(directory))
        if number % 3 == 2:
            clients[number - 1].up()
            (clients[number - 1].kill if number % 2 else clients[number - 1].end)()
    for client in clients:
        if client.child.poll() is None:
            client.end()
    assert stopped(directory)
    assert "not properly shut down" not in said()


@pytest.mark.server
def test_killed_clients_leave_a_clean_stop(directory: Path, said: Callable[[], str], stopped: Stopped) -> None:
    client = Client(directory)
    client.up()
    client.kill()
    assert stopped(directory)
    assert not (directory / "data" / "postmaster.pid").exists()
    assert "database system is shut down" in said()


@pytest.mark.server
def test_after_a_power_cut_what_was_committed_is_there(
    directory: Path, said: Callable[[], str], running: Running, stopped: Stopped
) -> None:
    client = Client(directory)
    client.up()
    with embedded_server(f"embedded:{directory}") as server:
        write(server, 101)
        processes = running(directory)
        for name in ("watchdog", "server"):
            os.kill(processes[name], signal.SIGKILL)
        client.kill()
        assert stopped(directory)
    assert (directory / "data" / "postmaster.pid").exists()
    with embedded_server(f"embedded:{directory}") as server:
        assert read(server)[-1] == 101
    assert "not properly shut down" in said()


@pytest.mark.majors(18)
def test_a_foreign_server_on_the_directory_is_left_alone(directory: Path, server: Server) -> None:
    pid = (Path(server.directory) / "data" / "postmaster.pid").read_text(encoding="ascii")
    (directory / "data" / "postmaster.pid").write_text(pid, encoding="ascii")
    with pytest.raises(Unreachable) as caught, embedded_server(f"embedded:{directory}"):
        pytest.fail("it started")
    assert pid.split()[0] in str(caught.value.why)
    with psycopg.connect(server.conninfo()):
        (directory / "data" / "postmaster.pid").unlink()


@pytest.mark.server
def test_a_server_without_a_watchdog_gets_a_new_one(
    directory: Path, said: Callable[[], str], running: Running, stopped: Stopped
) -> None:
    client = Client(directory)
    client.up()
    before = running(directory)
    os.kill(before["watchdog"], signal.SIGKILL)
    client.kill()
    assert "server" in running(directory)
    with embedded_server(f"embedded:{directory}"):
        after = running(directory)
    assert set(after) == {"server", "watchdog"}
    assert after["server"] != before["server"]
    assert stopped(directory, within=0)
    assert "not properly shut down" not in said()


@pytest.mark.server
def test_killed_while_it_is_made(project: Path) -> None:
    directory = project / "half"
    client = Client(directory)
    until = time.monotonic() + PATIENCE_S
    while not list(directory.glob("data.part-*/base")) and time.monotonic() < until:
        time.sleep(0.002)
    client.kill()
    assert not (directory / "data").exists()
    with embedded_server(f"embedded:{directory}") as server:
        write(server, 1)
        assert read(server) == [1]
    assert not list(directory.glob("data.part-*"))


@pytest.mark.server
def test_a_start_that_fails_at_once_says_why(project: Path) -> None:
    """Before the server has a log to write to, or where it cannot write to it."""
    with embedded_server("embedded:18", project=project) as server:
        directory = Path(server.directory)
    (directory / "log").unlink()
    (directory / "log").mkdir()
    began = time.monotonic()
    with pytest.raises(Unreachable) as caught, embedded_server("embedded:18", project=project):
        pytest.fail("it started")
    assert caught.value.why == f"{directory}/log: Is a directory"
    assert time.monotonic() - began < PATIENCE_S
    (directory / "log").rmdir()
    with embedded_server("embedded:18", project=project) as server, psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_long_name_has_its_socket_elsewhere(project: Path) -> None:
    directory = project / ("long" * 30)
    with embedded_server(f"embedded:{directory}") as server:
        assert server.socket != server.directory
        assert Path(server.socket).stat().st_mode & 0o777 == 0o700
        write(server, 1)
    assert not Path(server.socket).exists()


@pytest.mark.server
def test_a_project_that_others_cannot_enter(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root the server's user needs a way in; an ordinary user is the server's user."""
    monkeypatch.setattr(embedded_directory, "SHARED", project / "shared")
    closed = project / "closed"
    closed.mkdir(mode=0o700)
    told: list[Event] = []
    with embedded_server("embedded:", project=closed, emit=told.append) as server:
        write(server, 1)
    inside = Path(server.directory).is_relative_to(closed)
    assert inside == (os.geteuid() != 0)
    assert inside or any(isinstance(event, Noted) and str(closed) in event.message for event in told)


def test_what_the_text_means() -> None:
    assert parse_spec("embedded:") == EmbeddedSpec()
    assert parse_spec("embedded:17") == EmbeddedSpec(major=17)
    assert parse_spec("embedded:./17") == EmbeddedSpec(directory="./17")
    assert parse_spec("embedded:data/pg") == EmbeddedSpec(directory="data/pg")
    assert is_embedded("embedded:") and is_embedded("embedded:17")
    assert not is_embedded("postgresql://embedded:17@host/db") and not is_embedded(None)
    with pytest.raises(Misused) as caught:
        parse_spec("embedded:13")
    assert "14, 15, 16, 17, 18" in str(caught.value.why)


@pytest.mark.parametrize(
    ("file", "content", "what"),
    [
        ("data/PG_VERSION", "13\n", "this directory is of PostgreSQL 13"),
        ("PG_VERSION", "17\n", "this is the data directory of a cluster"),
        ("package.json", "{}", "this directory contains something other"),
    ],
)
def test_a_directory_of_something_else_is_refused(project: Path, file: str, content: str, what: str) -> None:
    directory = project / "other"
    (directory / file).parent.mkdir(parents=True)
    (directory / file).write_text(content, encoding="ascii")
    with pytest.raises(Misused) as caught, embedded_server(f"embedded:{directory}"):
        pytest.fail("it was taken")
    assert what in caught.value.what
    assert caught.value.instead


def test_another_major_than_asked_for_is_refused(project: Path) -> None:
    cluster = project / ".rowkeep" / "embedded" / "17" / "data"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n", encoding="ascii")
    with pytest.raises(Misused) as caught, embedded_server("embedded:17", project=project):
        pytest.fail("it was taken")
    assert caught.value.what == "this directory is of PostgreSQL 16, not 17"
