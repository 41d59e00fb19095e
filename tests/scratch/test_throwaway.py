"""Throw-away servers start, serve and vanish, on every major and however their client ends."""

from __future__ import annotations

import fcntl
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

from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.event import Event, Noted
from rowkeep.errors import ProgramMissing, Unreachable
from rowkeep.knowledge.program_locations import MAJORS, SERVER
from rowkeep.programs import obtain_programs, server_user
from rowkeep.scratch import Server, start_in_background, start_server, temporary_directory

pytestmark = pytest.mark.server

CLIENT = """
import sys, time
from rowkeep import programs, scratch
from rowkeep.cli import _install_signal_handlers  # what the command line does at SIGTERM
_install_signal_handlers({})
with scratch.start_server(programs.obtain_programs(18, ("initdb", "postgres"))) as server:
    print(server.directory, flush=True)
    time.sleep(600)
"""

Running = tuple[subprocess.Popen[str], Path]


@pytest.fixture(scope="module")
def programs() -> Programs:
    return obtain_programs(18, SERVER)


@pytest.fixture
def client() -> Iterator[Running]:
    """A process of its own that has a server, and that server's directory."""
    child = subprocess.Popen(
        [sys.executable, "-c", CLIENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    try:
        yield child, Path(child.stdout.readline().strip())
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


Gone = Callable[..., bool]
Processes = Callable[[object], dict[int, str]]


@pytest.fixture
def gone(processes: Processes) -> Gone:
    """Whether neither a process nor the directory is left, after a while."""

    def ask(directory: Path, within: float = PATIENCE_S) -> bool:
        until = time.monotonic() + within
        while processes(directory) or directory.exists():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    return ask


@pytest.mark.majors(*MAJORS)
def test_every_major_starts_serves_and_stops(server: Server, database: str, processes: Processes, gone: Gone) -> None:
    with psycopg.connect(database) as connection:
        assert connection.info.server_version // 10000 == server.major
        rows = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('fsync'), pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchall()
    assert rows == [("", "off", "UTF8")]
    with start_server(server.programs) as other:
        directory = Path(other.directory)
        assert directory != Path(server.directory)
        assert directory.stat().st_mode & 0o777 == 0o700
        assert (Path(other.socket) / ".s.PGSQL.5432").is_socket()
        assert not open_ports(processes(directory))
    assert gone(directory, within=0)


@pytest.mark.majors(*MAJORS)
def test_extensions_that_connect_elsewhere_find_their_library(server: Server, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw")
        row = connection.execute("SELECT one FROM dblink(%s, 'SELECT 1') AS t (one int)", [database]).fetchone()
    assert row == (1,)


def test_settings_go_on_top(programs: Programs) -> None:
    wanted = {"wal_level": "logical", "max_wal_senders": "3"}
    with start_server(programs, settings=wanted) as server, psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SHOW wal_level").fetchone() == ("logical",)
        assert connection.execute("SHOW full_page_writes").fetchone() == ("off",)


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(programs: Programs, gone: Gone) -> None:
    with pytest.raises(Unreachable) as caught, start_server(programs, settings={"shared_buffers": "nonsense"}):
        pytest.fail("it started")
    assert "shared_buffers" in str(caught.value.why)
    assert gone(Path(str(caught.value.where)), within=0)


def test_libpqs_variables_do_not_lead_it_astray(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nonexistent")
    with start_server(programs) as server, psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SHOW port").fetchone() == ("5432",)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_orphan_however_the_client_ends(client: Running, number: int, processes: Processes, gone: Gone) -> None:
    child, directory = client
    assert len(processes(directory)) >= 2
    os.kill(child.pid, number)
    child.wait(PATIENCE_S)
    assert gone(directory)


def test_a_server_that_lost_client_and_watchdog_is_ended_by_the_next_start(
    client: Running, programs: Programs, processes: Processes, gone: Gone
) -> None:
    child, directory = client
    watchdog = next(pid for pid, words in processes(directory).items() if "watchdog.py" in words)
    os.kill(watchdog, signal.SIGKILL)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(PATIENCE_S)
    assert processes(directory), "the server alone is left"
    with start_server(programs):
        assert gone(directory)


def test_what_a_power_cut_left_is_swept_and_a_living_server_is_not(
    client: Running, programs: Programs, processes: Processes
) -> None:
    _, living = client
    dead = living.with_name(f"{temporary_directory.PREFIX}powercut")
    shutil.copytree(living, dead, ignore=lambda _, names: [name for name in names if name not in ("lock", "log")])
    os.chown(dead, living.stat().st_uid, living.stat().st_gid)
    strange = living.with_name(f"{temporary_directory.PREFIX}strange")
    strange.mkdir()
    (strange / "file").touch()
    empty = living.with_name(f"{temporary_directory.PREFIX}empty")
    empty.mkdir()
    with start_server(programs):
        assert not dead.exists()
        assert not empty.exists(), "killed before it could be locked"
        assert strange.is_dir(), "without our lock file it is not ours"
        assert living.is_dir()
        assert len(processes(living)) >= 2
    shutil.rmtree(strange)


def test_a_long_temporary_directory_is_passed_over(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    long = Path(tempfile.mkdtemp()) / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with start_server(programs) as server:
        assert not server.directory.startswith(str(long))
    assert list(long.iterdir()) == []


@pytest.fixture
def own_cache(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of the templates in a new cache that the server's user can enter."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        monkeypatch.setenv("XDG_CACHE_HOME", directory)
        yield Path(directory) / "rowkeep" / "templates"


def start(programs: Programs) -> None:
    """Start a server, and let it answer."""
    with start_server(programs) as server, psycopg.connect(server.conninfo()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_damaged_template_is_made_anew(programs: Programs, own_cache: Path) -> None:
    start(programs)
    (template,) = (path for path in own_cache.iterdir() if path.is_dir())
    made = template.stat().st_ino
    start(programs)
    assert template.stat().st_ino == made
    for number, damage in enumerate((truncate, remove_one, open_to_others, add_link, forget)):
        damage(template)
        start(programs)
        assert template.stat().st_ino != made, damage.__name__
        made = template.stat().st_ino
        assert len([path for path in own_cache.iterdir() if path.is_dir()]) == 1, number


def truncate(template: Path) -> None:
    """As a power cut leaves it."""
    os.truncate(template / "global" / "pg_filenode.map", 0)


def remove_one(template: Path) -> None:
    """As a cleaner of old files leaves it."""
    (template / "base" / "1" / "1259").unlink()


def open_to_others(template: Path) -> None:
    template.chmod(0o755)


def add_link(template: Path) -> None:
    (template / "pg_tblspc" / "1").symlink_to("/")


def forget(template: Path) -> None:
    template.with_name(f"{template.name}.json").unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="chattr is Linux")
@pytest.mark.parametrize("parent", ["/dev/shm", "/var/tmp"])
def test_directories_of_servers_are_spread_over_the_disk(parent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", parent)
    directory, lock = temporary_directory.make_directory(server_user.choose_server_user())
    handle = os.open(directory, os.O_RDONLY)
    try:
        flags = fcntl.ioctl(handle, temporary_directory.GET_FLAGS, bytes(8))
    except OSError:
        flags = None
    finally:
        os.close(handle)
        os.close(lock)
        shutil.rmtree(directory)
    kind = subprocess.run(["stat", "-f", "-c", "%T", parent], capture_output=True, text=True, check=True).stdout
    if "ext" in kind:
        assert flags is not None
        assert int.from_bytes(flags[:4], sys.byteorder) & temporary_directory.TOP_DIRECTORY
    else:
        assert directory.parent == Path(parent)


@pytest.mark.majors(*MAJORS)
def test_shared_memory_is_in_the_directory(server: Server) -> None:
    """A killed server leaves nothing in /dev/shm: what it shared is removed with its directory."""
    if sys.platform == "linux":
        process = (Path(server.directory) / "data" / "postmaster.pid").read_text().splitlines()[0]
        maps = Path(f"/proc/{process}/maps").read_text()
        assert f"{server.directory}/data/pg_dynshmem/mmap." in maps
        assert "/PostgreSQL." not in maps


def test_a_server_in_the_background(programs: Programs, processes: Processes, gone: Gone) -> None:
    told: list[Event] = []
    with start_in_background(programs, settings={"work_mem": "5MB"}) as background:
        server = background.server(told.append)
        with psycopg.connect(server.conninfo()) as connection:
            assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
        directory = Path(server.directory)
        assert processes(directory)
        background.release()
        assert gone(directory), "released, it stops while the block goes on"
    assert bool(told) == (os.geteuid() == 0)


def test_a_server_in_the_background_that_cannot_start(programs: Programs, gone: Gone) -> None:
    with start_in_background(programs, settings={"shared_buffers": "nonsense"}) as background:
        with pytest.raises(Unreachable) as caught:
            background.server()
        with pytest.raises(Unreachable):
            background.check()
    assert "shared_buffers" in str(caught.value.why)
    assert gone(Path(str(caught.value.where)), within=0)


STARTING = """
import sys
from rowkeep import programs, scratch
from rowkeep.cli import _install_signal_handlers
from rowkeep.scratch import cluster, lifetime
_install_signal_handlers({})
def tell(module, name, word):
    function = getattr(module, name)
    def told(programs, place, *rest, **options):
        print(word, place, flush=True)
        return function(programs, place, *rest, **options)
    setattr(module, name, told)
tell(cluster, "copy_template_cluster", "copy")
tell(lifetime, "launch_server", "launch")
with scratch.start_in_background(programs.obtain_programs(18, ("initdb", "postgres"))) as background:
    background.server()
    print("runs", flush=True)
    background.release()
"""


@pytest.mark.parametrize("moment", ["copy", "launch", "runs"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_orphan_of_a_start_in_the_background(
    programs: Programs, moment: str, number: int, processes: Processes, gone: Gone
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", STARTING], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    directory = None
    with child.stdout:
        for line in child.stdout:
            word, _, place = line.strip().partition(" ")
            if word == "copy":
                directory = Path(place).parent
            if word == moment:
                child.send_signal(number)
                break
        child.stdout.read()
    child.wait(PATIENCE_S)
    assert directory is not None
    if number == signal.SIGKILL:
        # The watchdog removes what has started, the next start what has not.
        start(programs)
        assert gone(directory)
    else:
        assert gone(directory, within=0)


def test_who_runs_it(programs: Programs) -> None:
    told: list[Event] = []
    with start_server(programs, emit=told.append) as server:
        owner = (Path(server.directory) / "data").stat().st_uid
    assert owner != 0
    if os.geteuid() == 0:
        assert any(isinstance(event, Noted) and "refuses to run as root" in event.message for event in told)
    else:
        assert (owner, told) == (os.geteuid(), [])


def test_no_user_is_ever_created(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_user.os, "geteuid", lambda: 0)
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr(server_user, "CANDIDATES", ("no-such-user-here",))
    with pytest.raises(ProgramMissing) as caught:
        server_user.choose_server_user()
    assert "never creates system users" in str(caught.value.why)


def open_ports(pids: dict[int, str]) -> list[str]:
    """TCP ports that one of the processes listens on."""
    if sys.platform != "linux":
        return []
    files = [str(link.readlink()) for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {file for file in files if file.startswith("socket:")}
    tables = [Path(f"/proc/net/{kind}").read_text(encoding="ascii").splitlines()[1:] for kind in ("tcp", "tcp6")]
    listening = "0A"
    rows = [line.split() for table in tables for line in table]
    return [row[1] for row in rows if row[3] == listening and f"socket:[{row[9]}]" in inodes]
