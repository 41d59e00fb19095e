"""A cache that is damaged, planted, foreign, full or in use by others: lint works, and its result is the same."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.lint_cache.conftest import Answer, entries, lint, replay
from tests.patience import PATIENCE_S

from rowkeep.lint_cache.entries import LARGEST, MAC_SIZE, MOST, OLDEST_S, ROOM, _authenticate, prune, write_entry

NOTHING = Answer(None, b"", b"")


def assert_refused(fresh: Answer) -> None:
    """The entry is not believed, and lint still says the same."""
    assert replay() == NOTHING
    assert lint() == fresh


@pytest.mark.parametrize("length", [0, 1, MAC_SIZE - 1, MAC_SIZE, MAC_SIZE + 1, -1])
def test_truncated(entry: Path, length: int) -> None:
    fresh = replay()
    entry.write_bytes(entry.read_bytes()[:length])
    assert_refused(fresh)


def test_any_flipped_bit(entry: Path) -> None:
    fresh, whole, chance = replay(), entry.read_bytes(), random.Random(720)
    places = [*range(MAC_SIZE + 8), *(chance.randrange(len(whole)) for _ in range(150))]
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        entry.write_bytes(flipped)
        assert replay() == NOTHING, place
    entry.write_bytes(whole)
    assert replay() == fresh


@pytest.mark.parametrize(
    "change",
    [
        "cp $ENTRY x; rm $ENTRY; ln -s $PWD/x $ENTRY",  # a symbolic link
        "chmod g+w $ENTRY",
        "chmod o+w $DIRECTORY",
        "mv $DIRECTORY ../real; ln -s ../../real $DIRECTORY",
        "rm $ENTRY; mkfifo $ENTRY",
        "rm $ENTRY; mkdir $ENTRY",
        "rm -r $DIRECTORY; touch $DIRECTORY",
        "rm -r $DIRECTORY",
        "rm -r ../state; touch ../state",  # no key, and none can be made
        "rm -r ../state",
        "printf short > ../state/rowkeep/lint-cache.key",
        "chmod o+w ../state/rowkeep/lint-cache.key",
        "chmod o+w ../state/rowkeep",
        "printf 12345678901234567890123456789012 > ../state/rowkeep/lint-cache.key",  # another user's key
    ],
)
def test_not_where_or_what_it_should_be(entry: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    fresh = replay()
    assert fresh.code == 1
    script = f"ENTRY={entry}; DIRECTORY={entry.parent}; {change}"
    subprocess.run(["sh", "-ec", script], check=True)
    assert_refused(fresh)


def test_of_another_user(entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = replay()
    other = os.geteuid() + 1
    monkeypatch.setattr("rowkeep.lint_cache.entries.os.geteuid", lambda: other)
    assert_refused(fresh)


def test_planted_by_a_checkout(home: Path, entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes the checkout knows everything but the key: the name of the entry, and what it should say."""
    monkeypatch.setenv("ROWKEEP_CACHE_DIR", ".cache")
    fresh = lint()
    assert replay() == fresh
    (planted,) = (path for path in Path(".cache/lint").iterdir() if len(path.name) == 40)
    body = planted.read_bytes()[MAC_SIZE:].replace(b"1:1", b"1:0", 1)
    planted.write_bytes(_authenticate(b"k" * 32, planted.name, body) + body)
    assert_refused(fresh)
    assert replay() == fresh  # it was stored again
    assert Path(".cache/lint/.gitignore").read_text() == "*\n"
    assert Path(".cache/lint/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_an_answer_under_another_name(entry: Path) -> None:
    fresh = replay()
    assert lint("--fail-on", "never").code == 0
    (other,) = (path for path in entry.parent.iterdir() if len(path.name) == 40 and path != entry)
    other.replace(entry)
    assert_refused(fresh)


def test_a_key_in_the_project_is_not_the_users(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("migrations/1_a.sql").write_text("DROP TABLE a;\n")
    monkeypatch.setenv("XDG_STATE_HOME", str(Path.cwd() / "state"))
    assert lint().code == 1
    assert replay() == NOTHING
    assert entries(home) == []
    assert not Path("state").exists()


def test_full_disk(home: Path, entry: Path) -> None:
    """No file may grow beyond some bytes: the entry is not stored, half of it neither."""
    fresh = replay()
    entry.unlink()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        full = lint()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full == fresh
    assert entries(home) == []
    assert [path.name for path in entry.parent.iterdir() if path.name.startswith(".part")] == []
    assert_refused(fresh)


def test_too_large(home: Path) -> None:
    assert not write_entry(str(home / "cache"), b"k" * 32, "0" * 40, b"x" * (LARGEST + 1))
    assert not (home / "cache").exists()


def test_four_at_once(home: Path) -> None:
    for number in range(30):
        Path(f"migrations/170000000{number:04}_a.sql").write_text(f"DROP TABLE t{number};\n")
    environment = {name: text for name, text in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    command = [sys.executable, "-m", "rowkeep", "lint", "--output-format", "json"]

    def run_all(count: int) -> set[tuple[int, bytes, bytes]]:
        running = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(count)
        ]
        return {(process.wait(), *process.communicate(timeout=PATIENCE_S)) for process in running}

    first = run_all(4)
    assert len(first) == 1
    (answer,) = first
    assert answer[0] == 1
    assert len(entries(home)) == 1
    assert run_all(4) == first


def test_pruned(home: Path) -> None:
    directory = home / "lint"
    directory.mkdir()
    now = 2_000_000_000.0
    ages = {"a": 0.0, "b": 10.0, "c": OLDEST_S + 1.0}
    for letter, age in ages.items():
        path = directory / (letter * 40)
        path.write_bytes(b"entry")
        os.utime(path, (now - age, now - age))
    (directory / "notes.txt").write_text("not ours")
    os.utime(directory / "notes.txt", (0, 0))
    prune(str(directory), now)
    assert {path.name for path in directory.iterdir()} == {"a" * 40, "b" * 40, "notes.txt"}
    with (directory / ("b" * 40)).open("wb") as file:
        file.truncate(ROOM)
    os.utime(directory / ("b" * 40), (now - 10, now - 10))
    prune(str(directory), now)
    assert {path.name for path in directory.iterdir()} == {"a" * 40, "notes.txt"}
    assert MOST >= 1000


def test_unfinished_files_are_removed(home: Path) -> None:
    directory = home / "lint"
    directory.mkdir()
    part = directory / ".part-1-abc"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))
    prune(str(directory), 2_000_000_000.0)
    assert not part.exists()


def test_no_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("migrations/1_a.sql").write_text("DROP TABLE a;\n")
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, "relative/is/ignored")
    monkeypatch.setenv("HOME", "/dev/null")
    assert lint().code == 1
    assert replay() == NOTHING
    assert not Path("relative").exists()


def test_nothing_is_left_in_the_project(home: Path, entry: Path) -> None:
    assert sorted(path.name for path in Path().rglob("*")) == ["1700000000001_drop.sql", "migrations"]
    shutil.rmtree(entry.parent)
    assert lint().code == 1
