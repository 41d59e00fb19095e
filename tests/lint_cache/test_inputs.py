"""Whatever lint asks the disk is recorded: an answer cannot depend on something that is not looked at again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lint_cache.conftest import lint, replay

from rowkeep.lint_cache import inputs

PROJECTS = {
    "plain": {"migrations/1_a.sql": "CREATE TABLE a (id int);\n\\ir ../more.sql\n", "more.sql": "DROP TABLE b;\n"},
    "folders": {"migrations/20200101000000_a/up.sql": "CREATE TABLE a (id int);\n", "Cargo.toml": ""},
    "unread": {"migrations/1_a.sql": "CREATE TABLE a (id int);\n", "migrations/x/y/2_b.sql": "DROP TABLE b;\n"},
    "liquibase": {
        "migrations/db.changelog-master.xml": '<databaseChangeLog><include file="1.sql"/></databaseChangeLog>\n',
        "migrations/1.sql": "--liquibase formatted sql\n--changeset a:1\nDROP TABLE b;\n",
    },
    "sqitch": {
        "migrations/sqitch.plan": "%syntax-version=1.0.0\n%project=a\n\na 2020-01-01T00:00:00Z A <a@b> # a\n",
        "migrations/deploy/a.sql": "DROP TABLE b;\n",
    },
    "configured": {
        "rowkeep.toml": 'baseline = "known.txt"\n[rules]\nignore = ["lock"]\n',
        "known.txt": "1_a\tdrop-table\t0\tDROP TABLE a\n",
        ".env": "ROWKEEP_WAIT_S=1\n",
        "migrations/1_a.sql": "DROP TABLE a;\n",
    },
    "pyproject": {"pyproject.toml": '[tool.rowkeep]\nlayout = "plain"\n', "migrations/1_a.sql": "DROP TABLE a;\n"},
}


def write_project(files: dict[str, str]) -> None:
    """Write the files of a project."""
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


@pytest.mark.parametrize("project", list(PROJECTS))
@pytest.mark.parametrize("paths", [(), ("migrations",), ("first file",)])
def test_every_question_to_the_disk_is_recorded(
    home: Path, monkeypatch: pytest.MonkeyPatch, project: str, paths: tuple[str, ...]
) -> None:
    write_project(PROJECTS[project])
    if paths == ("first file",):
        paths = (next(name for name in PROJECTS[project] if name.endswith(".sql")),)
    asked: set[str] = set()
    recordings = []
    start = inputs.start_recording

    def start_recording() -> inputs.Recording:
        recordings.append(start())
        return recordings[-1]

    with monkeypatch.context() as patch:
        for name in ("stat", "lstat", "readlink", "scandir", "listdir", "open", "access"):
            patch.setattr(os, name, note_path(asked, home, getattr(os, name)))
        patch.setattr("rowkeep.cli.answer_recorder.start_recording", start_recording)
        fresh = lint(*paths)
    (recording,) = recordings
    assert fresh.code in (0, 1, 2)
    assert any(path.endswith(".sql") for path in asked)
    assert asked - covered(recording) == set()


def note_path(asked: set[str], home: Path, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function of `os`, which notes the absolute path if it lies in the project."""

    def noting(path: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(path, str | os.PathLike):
            folder = options.get("dir_fd")
            base = home / "project" if folder is None else Path(f"/proc/self/fd/{folder}").readlink()
            place = os.path.normpath(base / path)
            if place.startswith(str(home / "project")):
                asked.add(place)
        return call(path, *arguments, **options)

    return noting


def covered(recording: inputs.Recording) -> set[str]:
    """Every path that the questions of a recording look at."""
    paths = set()
    here = Path.cwd()
    for _, path in recording.questions:
        place = Path(os.path.normpath(here / path))
        paths.update((str(place), *map(str, place.parents)))
    return paths


def test_a_file_that_is_a_link_is_not_stored(home: Path) -> None:
    write_project({"a.sql": "DROP TABLE a;\n"})
    Path("migrations/1_a.sql").symlink_to("../a.sql")
    assert lint().code == 1
    assert replay().code is None


def test_asked_twice_and_answered_in_two_ways_is_not_stored() -> None:
    recording = inputs.Recording()
    recording.add(inputs.FILE, "a.sql", b"one")
    assert recording.is_whole
    recording.add(inputs.FILE, "a.sql", b"one")
    assert recording.is_whole
    recording.add(inputs.FILE, "a.sql", b"two")
    assert not recording.is_whole


def test_lengths_tell_questions_apart() -> None:
    """The same bytes, divided in another way, are other answers."""
    one, other = inputs.Recording(), inputs.Recording()
    one.add(inputs.FILE, "a", b"bc")
    other.add(inputs.FILE, "ab", b"c")
    assert one.digest != other.digest


def test_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("folder/file").write_bytes(b"text")
    Path("link").symlink_to("nowhere")
    recording = inputs.Recording()
    for kind, path, reply in (
        (inputs.FILE, "folder/file", b"text"),
        (inputs.NAMES, "folder", b"file/f"),
        (inputs.REAL, "link", os.fsencode(tmp_path / "nowhere")),
        (inputs.EXISTS, "link", b"0"),
        (inputs.STANDS, "link", b"1"),
    ):
        recording.add(kind, path, reply)
        assert inputs.digest_again(recording.questions) == recording.digest, kind
    with pytest.raises(inputs.Unlike):
        inputs.digest_again([("clock", "")])
    with pytest.raises(inputs.Unlike):
        inputs.digest_again([(inputs.FILE, "/dev/null")])
