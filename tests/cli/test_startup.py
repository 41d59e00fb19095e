"""Start-up stays instant: help imports nothing heavy, `--version` nothing at all. `make bench` measures the times."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import PATIENCE_S

from rowkeep.cli.root_group import COMMANDS

HEAVY = {"psycopg", "postgast", "google", "rich", "asyncio", "ssl", "logging", "urllib.request"}

SEEN = """
import sys
sys.argv = ["rowkeep", *sys.argv[1:]]
from rowkeep.__main__ import run_arguments
code = run_arguments(sys.argv[1:])
assert code in (0, 1), code
print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str, cwd: Path | None = None) -> set[str]:
    """The modules that a command line imports."""
    done = subprocess.run(
        [sys.executable, "-c", SEEN, *arguments], cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_imports_nothing_heavy(name: str) -> None:
    assert imported(name, "--help") & HEAVY == set()


def test_help_imports_no_command() -> None:
    modules = {module for module, _ in COMMANDS.values()}
    assert imported("--help") & (HEAVY | modules) == set()


def test_version_imports_not_even_click() -> None:
    assert imported("--version") & (HEAVY | {"click", "rowkeep.cli"}) == set()


GARBAGE = """
import gc
at_first = gc.get_threshold()[0]
from rowkeep.cli import COLLECT_EVERY, run
import rowkeep.workflows.migrate
imported = gc.get_threshold()[0]
run(["config", "--help"])
print(at_first == imported, gc.isenabled(), gc.get_threshold()[0] == COLLECT_EVERY > at_first)
"""


def test_only_the_command_line_looks_for_garbage_less_often() -> None:
    """Who imports the library keeps the collector that the program has."""
    done = subprocess.run(
        [sys.executable, "-c", GARBAGE], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert done.stdout.splitlines()[-1] == "True True True"


LINT_LIMIT = 202
"""Modules of ours that lint of one clean file loads, this one's rules among them. Each costs a third of a millisecond
(docs/decisions/0700). Lower it when you can; a change that must raise it says why in its message."""


def test_lint_of_a_clean_file_loads_few_modules(tmp_path: Path) -> None:
    path = tmp_path / "1_a.sql"
    path.write_text("ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text;\n")
    modules = imported("lint", "--no-cache", path.name, cwd=tmp_path)
    own = {name for name in modules if name.partition(".")[0] == "rowkeep"}
    assert len(own) <= LINT_LIMIT, sorted(own)
    assert modules & (HEAVY | {"subprocess", "tempfile", "tomllib", "pkgutil"}) == set()
    # click, and what it and the standard library's dataclasses import
    assert modules & {"click", "dataclasses", "inspect", "tokenize", "uuid", "platform", "datetime", "locale"} == set()


LEAVES = """
import atexit, os, sys, threading
from rowkeep.__main__ import leave
atexit.register(print, "at exit")
class Last:
    def __del__(self):
        os.write(1, b"freed ")
last = Last()
last.itself = last
print("printed", end=" ")
if sys.argv[1] == "thread":
    begun = threading.Event()
    threading.Thread(target=lambda: (begun.wait(60), print("thread", end=" "))).start()
    begun.set()
leave(7)
"""


def test_leaving_runs_exit_functions_and_flushes() -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES, "-"], capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stdout, done.stderr) == (7, "printed at exit\n", "")


def test_leaving_waits_for_a_thread() -> None:
    done = subprocess.run([sys.executable, "-c", LEAVES, "thread"], capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout.split("at exit")[0].split() == ["printed", "thread"]


def test_leaving_reports_output_that_cannot_be_written() -> None:
    script = "import sys; from rowkeep.__main__ import leave; print('text'); leave(0)"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 120
    assert "No space left on device" in done.stderr
