"""Which files the user who runs the server can read."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rowkeep.programs import server_user
from rowkeep.programs.server_user import choose_server_user


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that every user can enter, with a file in it."""
    path = Path(tempfile.mkdtemp(prefix="reached-"))
    path.chmod(0o755)
    (path / "inner").mkdir(mode=0o755)
    (path / "inner" / "file").touch(mode=0o644)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def test_changed_permissions_are_noticed(directory: Path) -> None:
    who = choose_server_user()
    file = directory / "inner" / "file"
    assert who.reaches(file)
    directory.chmod(0)
    assert not who.reaches(file), "of a directory above it"
    directory.chmod(0o755)
    assert who.reaches(file)
    file.chmod(0)
    assert not who.reaches(file)
    file.chmod(0o644)
    assert not who.reaches(directory / "absent")
    (directory / "absent").mkdir(mode=0o755)
    assert who.reaches(directory / "absent")


def test_the_same_question_starts_one_process(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    run = subprocess.run
    monkeypatch.setattr(server_user.subprocess, "run", lambda *words, **how: asked.append(words) or run(*words, **how))
    who = choose_server_user()
    assert [who.reaches(directory / "inner") for _ in range(3)] == [True, True, True]
    assert len(asked) == (1 if who.foreign else 0)
