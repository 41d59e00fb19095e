"""What runs on a throw-away server reaches nothing outside of it, even as superuser and in any language."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rowkeep.domain.deploy.containment import Containment
from rowkeep.knowledge.program_locations import MAJORS
from rowkeep.scratch import Server, confine_process, start_server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="the system closes the ways on Linux; elsewhere only SQL does"),
]

LANGUAGE = """
CREATE EXTENSION IF NOT EXISTS plpython3u;
CREATE FUNCTION pg_temp.tried(code text) RETURNS text LANGUAGE plpython3u AS $$
import os, socket
try:
    exec(code)
except OSError as error:
    return type(error).__name__ + ' ' + str(error.errno)
return 'done'
$$;
"""


@pytest.fixture
def listening() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Somebody who listens on a port of this machine, and on a unix socket without a file."""
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        tcp.setblocking(False)
        abstract.bind("\0rowkeep-test-" + str(os.getpid()))
        abstract.listen()
        abstract.setblocking(False)
        yield tcp, abstract


@pytest.fixture
def outside() -> Iterator[Path]:
    """A directory that everybody may write to."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


def refused(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> str:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)  # type: ignore[arg-type]
    return f"{caught.value.sqlstate} {caught.value}"


@pytest.mark.majors(*MAJORS)
def test_nothing_gets_out(server: Server, listening: tuple[socket.socket, socket.socket], outside: Path) -> None:
    """`server` is the one that must not be reached."""
    port = listening[0].getsockname()[1]
    with start_server(server.programs) as copy, psycopg.connect(copy.conninfo(), autocommit=True) as connection:
        assert copy.containment.whole
        connection.execute("CREATE EXTENSION dblink")
        for target in (
            f"host=127.0.0.1 port={port}",
            f"host=::1 port={port}",
            f"host={server.socket} port=5432 user=postgres dbname=postgres",
            f"host=@rowkeep-test-{os.getpid()}",
        ):
            said = refused(connection, f"SELECT dblink_connect('{target} connect_timeout=2')")
            assert said.startswith("08001"), said
        for listener in listening:
            with pytest.raises(BlockingIOError):
                listener.accept()

        file = outside / "made"
        assert "could not execute command" in refused(connection, f"COPY (SELECT 1) TO PROGRAM 'touch {file}'")
        assert "42501" in refused(connection, f"COPY (SELECT 1) TO '{file}'")
        connection.execute("SELECT lo_from_bytea(4711, 'x')")
        assert "42501" in refused(connection, f"SELECT lo_export(4711, '{file}')")
        assert list(outside.iterdir()) == []

        # It is a server all the same: it writes its own files, and counts what it does (14 over UDP, to itself).
        connection.execute("CREATE TABLE mine AS SELECT n FROM generate_series(1, 10) AS n")
        connection.execute("CHECKPOINT")
        log = Path(copy.directory, "log").read_text(encoding="utf-8")
        assert "statistics collector" not in log


@pytest.mark.majors(18)
def test_no_language_gets_out_either(server: Server, outside: Path) -> None:
    """Where the programs have PL/Python; those of Rowkeep's cache do."""
    with start_server(server.programs) as copy, psycopg.connect(copy.conninfo(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'plpython3u'").fetchall():
            pytest.skip("these programs have no PL/Python")
        connection.execute(LANGUAGE)

        def tried(code: str) -> object:
            row = connection.execute("SELECT pg_temp.tried(%s)", [code]).fetchone()
            assert row is not None
            return row[0]

        assert tried("socket.socket()") == "OSError 101"
        assert tried("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)") == "OSError 101"
        assert tried(f"socket.socket(socket.AF_UNIX).connect({server.socket + '/.s.PGSQL.5432'!r})") == "OSError 101"
        datagram = "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)"
        assert tried(f"{datagram}.sendto(b'x', {server.socket + '/.s.PGSQL.5432'!r})") == "OSError 101"
        assert tried("os.execv('/bin/sh', ['sh'])") == "PermissionError 13"
        assert tried(f"open({str(outside / 'x')!r}, 'w')") == "PermissionError 13"
        assert tried(f"os.unlink({server.socket + '/.s.PGSQL.5432'!r})") == "PermissionError 13"
        if copy.containment.signals:
            postmaster = Path(server.directory, "data", "postmaster.pid").read_text(encoding="utf-8").split()[0]
            assert tried(f"os.kill({postmaster}, 0)") == "PermissionError 1"
        assert tried(f"open({copy.directory + '/mine'!r}, 'w')") == "done"


def test_the_tests_own_servers_are_open(server: Server) -> None:
    """What is proven above is not an accident of this machine."""
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'")
    assert server.containment == Containment()


@pytest.mark.parametrize("collector", [False, True], ids=["15 to 18", "14"])
def test_a_plain_user_is_cut_off_as_well(outside: Path, collector: bool) -> None:
    """Without any right of its own; `confine` says itself what it could do, and runs the one program it may."""
    shutil.copy(confine_process.__file__, outside / "confine_process.py")
    (outside / "confine_process.py").chmod(0o644)
    python = _python()
    own = str(outside / "own")
    script = (
        f"import sys, os; sys.path.insert(0, {str(outside)!r}); import confine_process; os.mkdir({own!r});"
        f"confine_process.confine({own!r}, 0, 0, ['/bin/cat', {own + '/contained'!r}], collector={collector})"
    )
    options = {} if os.geteuid() != 0 else {"user": pwd.getpwnam("nobody").pw_uid, "group": 65534, "extra_groups": []}
    done = subprocess.run(
        [python, "-B", "-S", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **options,  # type: ignore[call-overload]
    )
    assert done.stderr == ""
    assert {"connections", "programs", "files"} <= set(done.stdout.split())


def _python() -> str:
    """A Python that everybody may run."""
    for path in (sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable):
        asked = (
            subprocess.run(
                [path, "-S", "-c", ""],
                **({} if os.geteuid() != 0 else {"user": pwd.getpwnam("nobody").pw_uid, "extra_groups": []}),  # type: ignore[call-overload]
                check=False,
                capture_output=True,
                cwd="/",
            )
            if os.access(path, os.X_OK) and _reachable(path)
            else None
        )
        if asked is not None and asked.returncode == 0:
            return path
    pytest.skip("there is no Python that an ordinary user can run")


def _reachable(path: str) -> bool:
    return os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in Path(path).resolve().parents)
