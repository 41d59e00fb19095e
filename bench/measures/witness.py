"""How long `lint --witness` takes on a directory of 200 migrations, beside `lint` alone: time on the clock."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.cost import Cost, Costs, spend
from bench.options import Options
from bench.table import Table, Target, milliseconds

TITLE = "witness: lint --witness on 200 migrations, all of them watched"
COUNT = 200
LIMIT = 2000.0
"""Milliseconds on the clock."""
STEPS = (
    "CREATE TABLE t{0} (id bigint PRIMARY KEY, name text, price integer, note varchar(50));",
    "ALTER TABLE t{0} ADD COLUMN extra text;\nCOMMENT ON COLUMN t{0}.extra IS 'more';",
    "CREATE INDEX t{0}_name ON t{0} (name);",
    "ALTER TABLE t{0} ALTER COLUMN note TYPE varchar(100), ADD CONSTRAINT t{0}_paid CHECK (price > 0) NOT VALID;",
    "INSERT INTO t{0} (id, name) VALUES (1, 'a') ON CONFLICT DO NOTHING;\nUPDATE t{0} SET extra = 'x' WHERE id = 1;",
)


def measure(options: Options) -> Iterator[Table]:
    """One table: both commands, in turns; the first run of each, which fills caches, is not counted."""
    runs = options.runs or (3 if options.quick else 10)
    program = str(Path(sys.prefix) / "bin" / "rowkeep")
    lint = [program, "lint", "--pg-version", "17", "--fail-on", "never", "--statistics"]
    lines = {"lint": lint, "lint --witness": [*lint, "--witness"]}
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}
    each: dict[str, list[Cost]] = {title: [] for title in lines}
    with tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name:
        directory = Path(name)
        _write(directory / "migrations")
        for number in range(runs + 1):
            for title, arguments in lines.items():
                cost = spend(arguments, environ=environ, directory=directory, seconds=120)
                if number:
                    each[title].append(cost)
    costs = {title: Costs(tuple(found)) for title, found in each.items()}
    rows = [(title, milliseconds(one.wall), milliseconds(one.wall_median)) for title, one in costs.items()]
    target = Target("lint --witness", costs["lint --witness"].wall * 1000, LIMIT, "ms on the clock")
    yield Table(f"{TITLE}, {runs} runs", ("command", "least ms", "median ms"), rows, targets=(target,))


def _write(directory: Path) -> None:
    directory.mkdir()
    for number in range(COUNT):
        text = STEPS[number % len(STEPS)].format(number // len(STEPS))
        (directory / f"{1700000000000 + number}_step.sql").write_text(f"{text}\n", encoding="utf-8")
