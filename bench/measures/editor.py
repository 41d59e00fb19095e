"""How soon an editor has its answer: one changed file of 500, in a process that lives (`rowkeep.Project.linter`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import history
from bench.cost import Failed
from bench.options import Options
from bench.table import Table, Target, milliseconds

TITLE = "lint in a process that lives: one changed file of 500"

FILES = 500
LIMIT_MS = 60.0
"""Milliseconds on the clock for one changed file."""

SCRIPT = """
import json, sys, time
from pathlib import Path
import rowkeep

runs = int(sys.argv[1])
project = rowkeep.Project(".")
linter = project.linter()
costs = {}


def measure(title, call):
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    costs.setdefault(title, []).append((time.perf_counter() - wall, time.process_time() - cpu))
    return result


measure("all files, the first time", linter.lint)
paths = sorted(Path("migrations").iterdir())
places = {"the last": paths[-1], "one in the middle": paths[len(paths) // 2], "the first": paths[0]}
for number in range(runs):
    for title, path in places.items():
        text = path.read_text()
        added = f"\\nALTER TABLE t ADD COLUMN c{number} int;\\n"
        for what, change in {"": f"{text}\\n-- {number}\\n", ", adds a column": text + added}.items():
            unsaved = measure(f"{title}, not saved{what}", lambda: linter.lint([path], text=change))
            path.write_text(change)
            saved = measure(f"{title}, saved{what}", lambda: linter.lint([path]))
            if saved != unsaved:
                sys.exit(f"{path}: saved and not saved differ")
            if number == 0 and project.lint([path]) != saved:
                sys.exit(f"{path}: not what lint says")
            path.write_text(text)
            linter.lint([path])
    measure("all files, nothing changed", linter.lint)
if linter.lint() != project.lint():
    sys.exit("all files: not what lint says")
print(json.dumps(costs))
"""


def measure(options: Options) -> Iterator[Table]:
    """One table: what is asked, and the least and the middle of several answers."""
    runs = options.runs or (5 if options.quick else 15)
    with tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name:
        project = Path(name)
        (project / "migrations").mkdir()
        for file, text in history.usual(FILES).items():
            (project / "migrations" / file).write_text(text, encoding="utf-8")
        options.say(f"{runs} changes of each kind")
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(runs)],
            cwd=project,
            env={"PATH": os.environ["PATH"], "HOME": name, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Failed(done.stderr)
    costs: dict[str, list[list[float]]] = json.loads(done.stdout)
    rows, targets = [], []
    for title, each in costs.items():
        walls, cpus = sorted(wall for wall, _ in each), sorted(cpu for _, cpu in each)
        middle = walls[len(walls) // 2]
        rows.append((title, milliseconds(walls[0]), milliseconds(middle), milliseconds(cpus[0])))
        if "saved" in title:
            targets.append(Target(title, walls[0] * 1000, LIMIT_MS, "ms on the clock"))
    yield Table(
        f"lint in a process that lives, {FILES} files ({runs} answers each)",
        ("", "least wall", "middle", "least cpu"),
        rows,
        targets=tuple(targets),
        raw={**costs},
    )
