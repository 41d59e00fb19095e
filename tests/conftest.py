"""Real servers for the tests: one a pytest process and major, started on first use, gone at the end.

`server` is a running throw-away server, `database` the connection string of a new, empty database on it. Both run once
for every major of the mark `majors` (15 and 18 without it), or each case on one of them in turn. After each test the
server is as it was: databases and roles that the test made are dropped. Nothing is skipped: without PostgreSQL these
tests fail.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from rowkeep import programs, scratch
from rowkeep.knowledge.program_locations import CLIENT, MAJORS, SERVER

if TYPE_CHECKING:
    from tests.support.project import Project

DEFAULT = (15, 18)
HOME = "ROWKEEP_TEST_TMPDIR"
SLOW_TESTS = Path(__file__).with_name("slow_tests.txt")
"""The tests without a server that need 0.05 s of processor time or more."""

NUMBERS = itertools.count(1)
_IDLE_SESSIONS: dict[str, psycopg.Connection] = {}
"""By the directory of the server: the session that tidied up after a test. It makes the database of the next one."""

# Hypothesis fails an example after 200 ms, and a test that draws slowly: on a busy machine that says nothing.
settings.register_profile("rowkeep", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rowkeep")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fast`."""
    parser.addoption("--fast", action="store_true", help=f"leave out the tests that {SLOW_TESTS.name} names")


def pytest_configure(config: pytest.Config) -> None:
    """All temporary files of this run lie in one directory, so that at the end nobody else's are counted.

    A shell that starts us in the background ignores SIGINT, `nohup` SIGHUP, and every child would inherit that: the
    tests send these signals and mean what they do by default.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    if not hasattr(config, "workerinput"):
        home = tempfile.mkdtemp(prefix="rkt-", dir=directory_in_memory())
        Path(home).chmod(0o755)  # as root, the servers' user must get through
        os.environ[HOME] = os.environ["TMPDIR"] = home
        os.environ["XDG_STATE_HOME"] = f"{home}/state"
        os.environ["ROWKEEP_CACHE_DIR"] = f"{home}/cache"
        # Golden copies are the subject of tests/clones; other rehearsals should not pay for them.
        os.environ["ROWKEEP_GOLDEN_DIR"] = f"{home}/golden"
        os.environ["ROWKEEP_GOLDEN_COPIES"] = "0"
    tempfile.tempdir = None


def directory_in_memory(path: str = "/dev/shm", needed: int = 6 << 30) -> str | None:
    """A directory in memory that has room for the servers of the tests; None means the usual temporary directory.

    Each throw-away server makes and removes about a thousand files. On ext4 that is ten times slower, because an inode
    that was deleted in the last 35 seconds is passed over, one by one. A TMPDIR that the caller has set is respected.
    """
    if "TMPDIR" in os.environ or sys.platform != "linux":
        return None
    try:
        found = os.statvfs(path)
        words = Path("/proc/meminfo").read_text().split()
    except OSError:
        return None
    memory = [1024 * int(words[words.index("MemAvailable:") + 1])]
    with suppress(OSError, ValueError):  # a container may have less than the machine; "max" is no limit
        memory.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    room = min(found.f_bavail * found.f_frsize, *memory)
    usable = os.access(path, os.W_OK | os.X_OK) and not found.f_flag & os.ST_NOEXEC
    return path if usable and room >= needed else None


def pytest_report_header() -> list[str]:
    """The versions that this run is about."""
    found = {one.version.major: f"{one.version} ({one.origin})" for one in reversed(programs.find_programs())}
    return [
        "PostgreSQL: " + ", ".join(found.get(major) or programs.describe_pinned(major) for major in MAJORS),
        f"libpq: {psycopg.pq.version()}, psycopg: {psycopg.__version__} ({psycopg.pq.__impl__})",
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a major."""
    if "server" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("majors")
        majors = mark.args if mark is not None and mark.args else (chosen_majors() or DEFAULT)
        cases = [pytest.param(major, id=f"pg{major}", marks=pytest.mark.server) for major in majors]
        metafunc.parametrize("server", cases, indirect=True)


def chosen_majors() -> tuple[int, ...]:
    """The majors of ROWKEEP_TEST_MAJORS (`16,17`): a CI job for each. Empty where nothing is chosen."""
    majors = tuple(int(word) for word in os.environ.get("ROWKEEP_TEST_MAJORS", "").split(",") if word)
    if unknown := set(majors) - set(MAJORS):
        raise pytest.UsageError(f"ROWKEEP_TEST_MAJORS: not supported: {sorted(unknown)}")
    return majors


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of majors that were not chosen. They are not skipped: a skip would be a failure in CI.

    Where no majors are chosen, the cases of a test marked `majors(…, in_turn=True)` take turns on them. With `--fast`
    the tests that SLOW_TESTS names are left out.
    """
    if majors := chosen_majors():
        dropped = {item for item in items if _major(item) not in (None, *majors)}
    else:
        dropped = find_cases_of_other_majors(items)
    if config.getoption("fast"):
        slow = set(SLOW_TESTS.read_text(encoding="utf-8").splitlines())
        dropped |= {item for item in items if item.nodeid.partition("[")[0] in slow}
    if dropped:
        items[:] = [item for item in items if item not in dropped]
        config.hook.pytest_deselected(items=list(dropped))


def find_cases_of_other_majors(items: list[pytest.Item]) -> set[pytest.Item]:
    """The cases of tests marked `majors(…, in_turn=True)` that are another major's turn.

    The name of a test decides on which major its first case runs, so that tests with one case do not all use the same.
    """
    dropped = set()
    cases: dict[tuple[str, str], dict[tuple[tuple[str, int], ...], int]] = {}
    for item in items:
        mark = item.get_closest_marker("majors")
        if mark is None or not mark.kwargs.get("in_turn") or (major := _major(item)) is None:
            continue
        callspec = item.callspec  # type: ignore[attr-defined]
        case = tuple(sorted((name, index) for name, index in callspec.indices.items() if name != "server"))
        name: str = item.originalname  # type: ignore[attr-defined]
        numbers = cases.setdefault((str(item.path), name), {})
        number = numbers.setdefault(case, zlib.crc32(name.encode()) + len(numbers))
        majors = mark.args or DEFAULT
        if majors[number % len(majors)] != major:
            dropped.add(item)
    return dropped


def pytest_collection_finish() -> None:
    """The collected tests stay to the end: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()


def _major(item: pytest.Item) -> int | None:
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("server")


def living(word: str) -> dict[int, str]:
    """Every living process with `word` in its command line. Small containers have no `ps`, macOS has no /proc."""
    found = {}
    if sys.platform == "linux":
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just ended
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(entry.name)] = words
    else:
        listed = subprocess.run(["ps", "-wwaxo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        for line in listed.splitlines():
            pid, words = line.split(None, 1)
            found[int(pid)] = words
    return {pid: words for pid, words in found.items() if word in words}


@pytest.fixture
def processes() -> Callable[[object], dict[int, str]]:
    """Ask which living processes have to do with something (a directory)."""
    return lambda word: living(str(word))


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[int], scratch.Server]]:
    """Start the server of a major, once."""
    running: dict[int, scratch.Server] = {}
    with ExitStack() as stack:

        @stack.callback
        def close_idle_sessions() -> None:
            while _IDLE_SESSIONS:
                _IDLE_SESSIONS.popitem()[1].close()

        def of(major: int) -> scratch.Server:
            if major not in running:
                there = programs.obtain_programs(major, (*CLIENT, *SERVER))
                running[major] = stack.enter_context(scratch.start_server(there, cut_off=False))
            return running[major]

        yield of


@pytest.fixture
def server(request: pytest.FixtureRequest, servers: Callable[[int], scratch.Server]) -> Iterator[scratch.Server]:
    """The running server of the test's major."""
    running = servers(request.param)
    if "database" not in request.fixturenames and (session := _IDLE_SESSIONS.pop(running.directory, None)):
        session.close()
    yield running
    _restore(running)


@pytest.fixture
def database(server: scratch.Server) -> str:
    """The connection string of a new, empty database."""
    name = f"test_{next(NUMBERS)}"
    with _take_session(server) as connection:
        # In memory, copying the files costs half of what going through the write-ahead log does (the default from 15).
        how = "STRATEGY file_copy" if server.major >= 15 else ""
        connection.execute(sql.SQL(f"CREATE DATABASE {{}} {how}").format(sql.Identifier(name)))
    return server.conninfo(name)


@pytest.fixture
def project(tmp_path: Path, database: str) -> Project:
    """An empty project on an empty database."""
    from tests.support.project import make_project  # nothing of it is needed to collect the tests

    return make_project(tmp_path, database)


@pytest.fixture
def project_with(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """`project_with({path: text, …})`: a project of these files, without a database; its directory."""
    from tests.support.project import write_files

    return lambda files: write_files(tmp_path, files)


def _take_session(server: scratch.Server) -> psycopg.Connection:
    """A session of the server, for us to close: while a test runs, its server has no session but its own."""
    return _IDLE_SESSIONS.pop(server.directory, None) or psycopg.connect(server.conninfo(), autocommit=True)


def _restore(server: scratch.Server) -> None:
    """Drop the databases and roles that a test has made."""
    connection = _take_session(server)
    _IDLE_SESSIONS[server.directory] = connection
    made = connection.execute(
        "SELECT datname, datistemplate FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')"
    ).fetchall()
    for name, template in made:
        if template:
            connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    made = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> 'postgres'"
    ).fetchall()
    for (name,) in made:
        connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
    for (name,) in made:
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """No server and no directory of one may be left of this run."""
    if hasattr(session.config, "workerinput"):
        return
    home = os.environ[HOME]
    left = [str(path) for path in Path(home).rglob("rowkeep-scratch-*")]
    left += [f"{pid} {words}" for pid, words in living(home).items()]
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nleft behind by the tests:", *left, sep="\n  ")
    shutil.rmtree(home, ignore_errors=True)
