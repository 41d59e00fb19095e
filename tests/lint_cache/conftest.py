"""Lint with and without stored answers, in this process: `lint` runs and stores, `replay` prints what is stored."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from rowkeep import cli
from rowkeep.lint_cache import answer

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Answer(NamedTuple):
    """Exit code, stdout and stderr. code: None where nothing was stored."""

    code: int | None
    out: bytes
    err: bytes


@contextmanager
def streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """stdout and stderr as a process has them: UTF-8 texts over bytes."""
    before = sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdout = io.TextIOWrapper(out, encoding="utf-8", errors="replace")
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace")
    try:
        yield out, err
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # A wrapper that is collected closes its bytes.
        sys.stdout.detach()
        sys.stderr.detach()
        sys.stdout, sys.stderr = before


def call(function: Callable[[list[str]], int | None], arguments: tuple[str, ...]) -> Answer:
    """What a function prints that takes the arguments of a command."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # pytest changes it between a fixture and its test
    with streams() as (out, err):
        try:
            code = function(["lint", *arguments])
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        sys.stdout.flush()
        sys.stderr.flush()
        return Answer(code, out.getvalue(), err.getvalue())


def lint(*arguments: str) -> Answer:
    """`rowkeep lint`, and its answer is stored."""
    return call(cli.run, arguments)


def replay(*arguments: str) -> Answer:
    """The stored answer of `rowkeep lint`."""
    return call(answer.replay, arguments)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the cache, the key and an empty project, which is the working directory."""
    for name in [name for name in os.environ if name.startswith(("PG", "ROWKEEP_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "project" / "migrations").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


@pytest.fixture
def entry(home: Path) -> Path:
    """The file of the stored answer for one migration that drops a table."""
    Path("migrations/1700000000001_drop.sql").write_text("DROP TABLE users;\n")
    assert lint().code == 1
    assert replay().code == 1
    (path,) = entries(home)
    return path


def entries(home: Path) -> list[Path]:
    """The files of all stored answers."""
    return [path for path in (home / "cache/rowkeep/lint").glob("*") if len(path.name) == 40]
