"""An embedded cluster that a checkout brings along is not started: it would act with the user's rights."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rowkeep.domain.event import Event, Noted
from rowkeep.errors import Misused
from rowkeep.files.project.trust import VARIABLE
from rowkeep.scratch import embedded_server, lifetime
from rowkeep.scratch.made_here import PARTS, system_identifier

pytestmark = pytest.mark.server


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty project directory that others can enter."""
    monkeypatch.delenv(VARIABLE, raising=False)
    directory = Path(tempfile.mkdtemp(prefix="project-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def start(directory: Path, emit: list[Event] | None = None) -> None:
    told = [] if emit is None else emit
    with (
        embedded_server(f"embedded:{directory}", emit=told.append) as server,
        psycopg.connect(server.conninfo()) as connection,
    ):
        found = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
        assert found == (system_identifier(directory / lifetime.DATA),)


def test_a_cluster_of_the_checkout_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, theirs, ran = project / "own", project / "theirs", project / "ran"
    start(own)
    start(own)
    # As `tar -x` leaves it: modes and owners are kept, and its configuration is the author's.
    subprocess.run(["cp", "-a", str(own), str(theirs)], check=True)
    with (theirs / lifetime.DATA / "postgresql.auto.conf").open("a") as file:
        file.write(f"archive_mode = on\narchive_command = 'touch {ran}'\nlocal_preload_libraries = 'evil'\n")
    (theirs / lifetime.LOG).unlink()
    with pytest.raises(Misused) as caught, embedded_server(f"embedded:{theirs}"):
        pytest.fail("it started")
    assert "was not created here" in caught.value.what
    assert any(VARIABLE in line for line in caught.value.instead)
    assert not (theirs / lifetime.LOG).exists(), "no program has run"
    assert not ran.exists()

    # Another one in the place of ours.
    shutil.rmtree(own / lifetime.DATA)
    subprocess.run(["cp", "-a", str(theirs / lifetime.DATA), str(own / lifetime.DATA)], check=True)
    control = own / lifetime.DATA / "global" / "pg_control"
    control.write_bytes(b"\1" * 8 + control.read_bytes()[8:])
    with pytest.raises(Misused), embedded_server(f"embedded:{own}"):
        pytest.fail("it started")


def test_one_from_before_is_asked_about_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start(project / "old")
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "state"))
    with pytest.raises(Misused), embedded_server(f"embedded:{project}/old"):
        pytest.fail("it started")
    monkeypatch.setenv(VARIABLE, "1")
    start(project / "old")
    monkeypatch.delenv(VARIABLE)
    start(project / "old")

    # A project that is moved takes its rows along, and is asked about again.
    (project / "old").rename(project / "moved")
    with pytest.raises(Misused), embedded_server(f"embedded:{project}/moved"):
        pytest.fail("it started")


def test_what_cannot_be_kept_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    told: list[Event] = []
    start(project / "own", told)
    assert any(isinstance(event, Noted) and event.warning and "XDG_STATE_HOME" in event.message for event in told)


@pytest.mark.parametrize("part", PARTS)
def test_no_part_of_it_is_a_link(project: Path, part: str) -> None:
    """As root the target would be given to the server's user; its log would be appended to."""
    victim = project / "victim"
    victim.write_text("mine\n")
    before = victim.stat()
    directory = project / "own"
    directory.mkdir()
    (directory / lifetime.JOIN).touch()
    (directory / part).unlink(missing_ok=True)
    (directory / part).symlink_to(victim)
    with pytest.raises(Misused), embedded_server(f"embedded:{directory}"):
        pytest.fail("it started")
    after = victim.stat()
    assert (after.st_uid, after.st_mode, after.st_size) == (before.st_uid, before.st_mode, before.st_size)
    assert os.path.lexists(directory / part)


@pytest.mark.parametrize("version", [b"eighteen\n", b"\xff\xfe", b"18\n" * 9])
def test_a_version_that_is_none(project: Path, version: bytes) -> None:
    data = project / "own" / lifetime.DATA
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_bytes(version)
    with pytest.raises(Misused), embedded_server(f"embedded:{project}/own"):
        pytest.fail("it started")
