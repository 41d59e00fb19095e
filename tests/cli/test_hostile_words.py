"""Files and words on the command line that no honest person gives end with a message, at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("kind", "why"), [("fifo", "it is a FIFO"), ("binary", "codec can't decode byte"), ("deep", "recursion depth")]
)
def test_an_expected_structure_that_is_no_such_file(run: Run, tmp_path: Path, kind: str, why: str) -> None:
    """Reading a FIFO would wait for ever."""
    file = tmp_path / "expected.json"
    if kind == "fifo":
        os.mkfifo(file)
    else:
        file.write_bytes(b"\xff\xfe" if kind == "binary" else b"[" * 200_000)
    ran = run("verify", "--expected", "expected.json", "--database", "postgresql://127.0.0.1:1/none")
    assert ran.code == 2 and why in ran.err and "expected.json" in ran.err, ran.err


def test_a_database_whose_name_is_not_utf8_is_misuse(run: Run) -> None:
    name = os.fsdecode(b"\xff")
    ran = run("restore", "--into", name, "--swap", "--database", "postgresql://127.0.0.1:1/none")
    assert ran.code == 2 and "not UTF-8" in ran.err, ran.err
