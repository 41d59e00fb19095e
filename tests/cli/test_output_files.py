"""A file that a person asked for is written whole, or is as it was: also where the disk is full."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rowkeep.errors import Misused
from rowkeep.files.write import write_output

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
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("before", [None, "old\n"])
def test_lint_leaves_no_empty_file(tmp_path: Path, before: str | None) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_gone.sql").write_text("DROP TABLE users;\n")
    if before is not None:
        (tmp_path / "out.txt").write_text(before)
    failed = limited(tmp_path, "lint", "--output", "out.txt")
    assert failed.returncode == 2 and "the file cannot be written" in failed.stderr, failed.stderr
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


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_output(str(pipe), "said")
    reader.join(20)
    assert read == ["said"] and pipe.is_fifo()


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misused) as caught:
        write_output(str(tmp_path / "none" / "out"), "x")
    assert caught.value.why == "No such file or directory"
