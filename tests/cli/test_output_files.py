"""A file that a person asked for is written whole, or is as it was: also where the disk is full."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from rowkeep.errors import Misused
from rowkeep.files.filesystem.write import write_output

# A limit of the size of files stands for the disk: a write that does not fit fails in the same place.
LIMITED = """
import resource, sys
from rowkeep.cli import run
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
sys.exit(run(sys.argv[1:]))
"""


def limited(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-c", LIMITED, *words],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("before", [None, "old\n"])
def test_lint_leaves_no_empty_file(tmp_path: Path, before: str | None) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_gone.sql").write_text("DROP TABLE users;\n")
    if before is not None:
        (tmp_path / "out.txt").write_text(before)
    failed = limited(tmp_path, "lint", "--output", "out.txt")
    assert failed.returncode == 2 and "cannot write the file" in failed.stderr, failed.stderr
    assert "Traceback" not in failed.stderr
    there = sorted(path.name for path in tmp_path.iterdir())
    assert there == (["migrations"] if before is None else ["migrations", "out.txt"])
    assert before is None or (tmp_path / "out.txt").read_text() == before


def test_the_mode_and_the_link_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_output(str(link), "new\udc80")
    assert link.is_symlink() and real.read_text() == "new?" and real.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real"]


@pytest.mark.parametrize("way", ["file", "no file yet", "folder", "link to a link", "git", "circle"])
def test_a_link_of_a_checkout_that_leads_out_of_it_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    out = checkout / ".git" if way == "git" else tmp_path / "home"
    out.mkdir(exist_ok=True)
    target = out / "precious"
    if way != "no file yet":
        target.write_text("theirs")
    monkeypatch.chdir(checkout)
    path = Path("o.txt")
    if way == "folder":
        Path("reports").symlink_to(out)
        path = Path("reports/precious")
    elif way == "link to a link":
        Path("inner").symlink_to(target)
        path.symlink_to("inner")
    else:
        path.symlink_to("o.txt" if way == "circle" else target)
    for given in (path, path.absolute()):
        with pytest.raises(Misused, match="refused to write"):
            write_output(str(given), "ours")
    assert target.exists() == (way != "no file yet")
    assert not target.exists() or target.read_text() == "theirs"


def test_a_link_that_stays_in_the_checkout_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    write_output("link", "new")
    assert (tmp_path / "real").read_text() == "new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_output(str(pipe), "said")
    reader.join(PATIENCE_S)
    assert read == ["said"] and pipe.is_fifo()


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misused) as caught:
        write_output(str(tmp_path / "none" / "out"), "x")
    assert caught.value.why == "No such file or directory"
