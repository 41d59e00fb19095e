"""Commands, run: `run` in this process, `spawn` in one of its own; `snapshot` compares what they said with a file.

A snapshot holds the command line, the exit code, stdout and stderr in one block; times and temporary paths are fixed.
It is never edited by hand: `SNAPSHOTS=write python -m pytest …` writes it anew, and git shows what changed.
"""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.patience import PATIENCE_S

from rowkeep import cli

SNAPSHOTS = Path(__file__).with_name("snapshots")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ran(NamedTuple):
    """What a command left: exit code, stdout, stderr; `arguments` are what it was called with."""

    code: int
    out: str
    err: str
    arguments: tuple[str, ...]


Run = Callable[..., Ran]


def environment(env: Mapping[str, str | None] | None) -> dict[str, str]:
    """This process's environment without a database and without Rowkeep's settings, and with `env`."""
    ours = re.compile(r"PG|ROWKEEP_(?!CACHE_DIR)|(?:DATABASE_URL|NO_COLOR|FORCE_COLOR|COLUMNS)$")
    kept = {name: text for name, text in os.environ.items() if not ours.match(name)}
    return kept | {name: text for name, text in (env or {}).items() if text is not None}


@contextmanager
def placed(cwd: str | Path | None, env: Mapping[str, str | None] | None) -> Iterator[None]:
    """Directory, environment and signals as they were, afterwards."""
    here, whole, wanted = Path.cwd(), dict(os.environ), environment(env)
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    os.environ.clear()
    os.environ.update(wanted)
    if cwd is not None:
        os.chdir(cwd)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(whole)
        for number, handler in handlers.items():
            signal.signal(number, handler)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run(*arguments, cwd=tmp_path, env={}) -> Ran`, in this process: quick, and the debugger sees it."""

    def inside(*arguments: str, cwd: str | Path = tmp_path, env: Mapping[str, str | None] | None = None) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with placed(cwd, env), redirect_stdout(out), redirect_stderr(err):
            code = cli.run(list(arguments))
        return Ran(code, out.getvalue(), err.getvalue(), arguments)

    return inside


@pytest.fixture
def spawn(tmp_path: Path) -> Run:
    """`spawn(*arguments, cwd=tmp_path, env={}, input="") -> Ran`, as a process, as a user has it."""

    def outside(
        *arguments: str,
        cwd: str | Path = tmp_path,
        env: Mapping[str, str | None] | None = None,
        input: str = "",
        timeout: float = PATIENCE_S,
    ) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "rowkeep", *arguments],
            cwd=cwd,
            env=environment(env),
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return Ran(done.returncode, done.stdout, done.stderr, arguments)

    return outside


@pytest.fixture(params=["inside", "process"])
def either(request: pytest.FixtureRequest, run: Run, spawn: Run) -> Run:
    """Both ways, one after the other: the test runs twice, against the same snapshot."""
    return run if request.param == "inside" else spawn


def steady(text: str, tmp_path: Path) -> str:
    """The text without what differs from run to run: temporary paths, times, durations."""
    text = text.replace(str(tmp_path), "TMP")
    text = re.sub(r"\b1[6-9]\d{11}(?=_)", "<milliseconds>", text)
    text = re.sub(r"\b\d+(?:\.\d+)? (?:ms|s)\b", "<time>", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d(?::?\d\d)?|Z)?", "<moment>", text)


def block(ran: Ran, tmp_path: Path) -> str:
    """Command, exit code, stdout and stderr as one text."""
    parts = [f"$ rowkeep {' '.join(ran.arguments)}", f"exit {ran.code}"]
    for title, text in (("stdout", ran.out), ("stderr", ran.err)):
        if text:
            parts.append(f"--- {title}\n{text}".rstrip("\n"))
    return steady("\n".join(parts), tmp_path) + "\n"


@pytest.fixture
def snapshot(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., None]:
    """`snapshot(ran, …)`: what these runs said is what stands in snapshots/<file>/<test>.txt."""

    def compare(*runs: Ran) -> None:
        name = re.sub(r"\[(?:inside|process)\]$", "", request.node.name)
        name = re.sub(r"\W+", "-", name.replace("[inside-", "[").replace("[process-", "[")).strip("-")
        place = SNAPSHOTS / request.path.stem.removeprefix("test_") / f"{name}.txt"
        said = "\n".join(block(ran, tmp_path) for ran in runs)
        if os.environ.get("SNAPSHOTS") == "write":
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(said, encoding="utf-8")
        assert place.exists(), f"there is no {place.name} yet: SNAPSHOTS=write python -m pytest {request.path.name}"
        assert said == place.read_text(encoding="utf-8")

    return compare
