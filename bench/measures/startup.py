"""How soon a command answers: `--version`, `--help` and `lint` of one file, editable and as a wheel, beside Python."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.cost import Cost, Costs, Failed, own_memory, spend
from bench.options import Options
from bench.table import Table, Target, milliseconds

TITLE = "start-up: --version, --help and lint of one small file"

ROOT = Path(__file__).resolve().parents[2]

VERSION_LIMIT, HELP_LIMIT = 50.0, 150.0
"""Milliseconds of processor time."""

LINT_LIMIT = 150.0
"""Milliseconds on the clock for `lint` of one small file, on an idle machine, without the answers of earlier runs."""
SMALL = "1_add_phone.sql", "ALTER TABLE users ADD COLUMN IF NOT EXISTS phone text;\n"

HELPED = ("up", "lint", "deploy", "completion")


def measure(options: Options) -> Iterator[Table]:
    """One table: every command line in every installation, in turns."""
    runs = options.runs or (10 if options.quick else 40)
    with tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name:
        directory = Path(name)
        lines = _lines("editable", Path(sys.prefix))
        lines["bare python"] = [sys.executable, "-c", "pass"]
        options.say("installing a wheel into an environment of its own")
        lines |= _lines("wheel", _installed(directory))
        (directory / SMALL[0]).write_text(SMALL[1], encoding="utf-8")
        environ = {"PATH": os.environ["PATH"], "HOME": name, "LANG": "C.UTF-8"}
        each: dict[str, list[Cost]] = {title: [] for title in lines}
        for number in range(runs + 1):
            for title, arguments in lines.items():
                cost = spend(arguments, environ=environ, directory=directory, seconds=60)
                if number:  # the first one writes .pyc files
                    each[title].append(cost)
    costs = {title: Costs(tuple(found)) for title, found in each.items()}
    yield _table(costs, runs)


def _lines(kind: str, prefix: Path) -> dict[str, list[str]]:
    program = str(prefix / "bin" / "rowkeep")
    found = {f"rowkeep --version ({kind})": [program, "--version"], f"rowkeep --help ({kind})": [program, "--help"]}
    found |= {f"rowkeep {command} --help ({kind})": [program, command, "--help"] for command in HELPED}
    return found | {f"rowkeep lint FILE ({kind})": [program, "lint", "--no-cache", SMALL[0]]}


def _installed(directory: Path) -> Path:
    """A virtual environment with Rowkeep in it, as `pip install .` leaves it."""
    place = directory / "environment"
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for step in ([sys.executable, "-m", "venv", str(place)], [*pip, str(ROOT)]):
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"{' '.join(step)}\n{done.stderr}")
    return place


def _table(costs: dict[str, Costs], runs: int) -> Table:
    rows = [
        (
            title,
            milliseconds(cost.cpu),
            milliseconds(cost.cpu_median),
            milliseconds(cost.wall),
            f"{cost.memory:.0f} MiB",
        )
        for title, cost in costs.items()
    ]
    targets = tuple(_target(title, cost) for title, cost in costs.items() if title.startswith("rowkeep"))
    return Table(
        f"Start-up ({runs} runs each, in turns)",
        ("", "cpu min", "cpu median", "wall min", "memory"),
        rows,
        notes=(f"memory: {own_memory()}",),
        targets=targets,
        raw=dict(costs),
    )


def _target(title: str, cost: Costs) -> Target:
    if "lint FILE" in title:
        return Target(title, cost.wall * 1000, LINT_LIMIT, "ms on the clock")
    return Target(title, cost.cpu * 1000, VERSION_LIMIT if "--version" in title else HELP_LIMIT, "ms of processor")
