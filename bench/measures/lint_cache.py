"""How soon `lint` answers where nothing has changed: its stored answer, beside squawk, which stores none."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.corpus.squawk import LINTERS
from bench.cost import Cost, Costs, Failed, spend
from bench.measures.lint import OURS, SECONDS, THEIRS, Heap, _heaps, _real, has_enough
from bench.options import Options
from bench.table import Table, Target, milliseconds, ratio

TITLE = "lint with a stored answer, beside squawk"

WARM_LIMIT = 1.0
"""Times squawk, for everything but a single small file, where an interpreter alone takes longer than squawk."""

COLD = "rowkeep --no-cache"


def measure(options: Options) -> Iterator[Table]:
    """One table: every heap of files by either tool, in turns."""
    squawk = LINTERS[0]
    squawk.install(options.cache)
    runs = options.runs or (5 if options.quick else 15)
    with tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name:
        home = Path(name)
        work = home / "work"
        work.mkdir()
        environ = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(home / "user"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_STATE_HOME": str(home / "state"),
        }
        heaps = [*_heaps(work), *([_real(options.migrations)] if options.migrations else [])]
        costs = []
        for heap in heaps:
            options.say(heap.title)
            costs.append(_measure_heap(heap, squawk.program, environ, work, runs))
        entries = [path for path in (home / "cache/rowkeep/lint").iterdir() if len(path.name) == 40]
        if len(entries) != len(heaps):
            raise Failed(f"{len(entries)} answers of {len(heaps)} are stored; did a source file change meanwhile?")
        yield _table(heaps, costs, runs, sum(path.stat().st_size for path in entries))


def _measure_heap(heap: Heap, squawk: object, environ: dict[str, str], work: Path, runs: int) -> dict[str, Costs]:
    """The costs by title. Raises Failed where the stored answer is not the fresh one."""
    ours = [str(Path(sys.prefix) / "bin" / "rowkeep"), "lint", "--fail-on", "never", str(heap.directory)]
    lines = {OURS: ours, THEIRS: [str(squawk), *map(str, heap.files)], COLD: [*ours, "--no-cache"]}
    each: dict[str, list[Cost]] = {title: [] for title in lines}
    output: dict[str, set[bytes]] = {title: set() for title in lines}
    for number in range(runs + 1):
        for title, arguments in lines.items():
            if title == COLD and number > 1:
                continue  # it is only there to be compared
            if has_enough(each[title]):
                continue
            fine = (0, 1) if title == THEIRS else (0,)
            cost = spend(arguments, environ=environ, directory=work, seconds=SECONDS, fine=fine)
            output[title].add((work / ".bench.log").read_bytes())
            if number:  # the first one writes .pyc files, and stores the answer
                each[title].append(cost)
    if output[OURS] != output[COLD] or len(output[OURS]) != 1:
        raise Failed(f"the stored answer for {heap.title} is another one")
    return {title: Costs(tuple(found)) for title, found in each.items()}


def _table(heaps: list[Heap], costs: list[dict[str, Costs]], runs: int, size: int) -> Table:
    rows, targets = [], []
    for heap, cost in zip(heaps, costs, strict=True):
        ours, theirs, cold = cost[OURS], cost[THEIRS], cost[COLD]
        rows.append(
            (
                f"{heap.title} ({heap.size:,} kB)",
                milliseconds(ours.wall),
                milliseconds(theirs.wall),
                ratio(ours.wall, theirs.wall),
                milliseconds(ours.cpu),
                milliseconds(theirs.cpu),
                ratio(ours.cpu, theirs.cpu),
                milliseconds(cold.cpu),
            )
        )
        if len(heap.files) > 1 or heap.size > 1000:
            targets.append(Target(f"{heap.title}, stored", ours.wall / theirs.wall, WARM_LIMIT, "x squawk"))
    return Table(
        f"lint with a stored answer ({runs} runs each, in turns, the least of them)",
        ("", "wall", "squawk", "ratio", "cpu", "squawk", "ratio", "cpu without"),
        rows,
        notes=(f"all answers together: {size:,} bytes",),
        targets=tuple(targets),
        raw={heap.title: cost for heap, cost in zip(heaps, costs, strict=True)},
    )
