"""Start-up stays instant: help imports nothing heavy, `--version` nothing at all. `make bench` measures the times."""

import subprocess
import sys

import pytest
from tests.patience import PATIENCE_S

from rowkeep.cli import COMMANDS

HEAVY = {"psycopg", "postgast", "google", "rich", "asyncio", "ssl", "logging", "urllib.request"}

SEEN = """
import sys
sys.argv = ["rowkeep", *sys.argv[1:]]
from rowkeep.__main__ import main
try:
    main()
except SystemExit as leaving:
    assert not leaving.code, leaving.code
print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    """The modules that a command line imports."""
    done = subprocess.run([sys.executable, "-c", SEEN, *arguments], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


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
