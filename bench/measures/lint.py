"""How soon `lint` answers without its cache: 1 file, 100, 1,000 tiny ones, a long one, a real project; beside squawk.

And what each output format costs beside `concise`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import history
from bench.corpus.squawk import LINTERS
from bench.cost import Cost, Costs, Failed, own_memory, spend
from bench.options import Options
from bench.table import Table, Target, milliseconds, ratio
from rowkeep.report.formats.by_name import FORMS

TITLE = "lint of one file, 100, 1,000 tiny ones and a long one, beside squawk"

SECONDS = 120.0
"""What one run of one tool may take."""

ENOUGH_S, ENOUGH_RUNS = 20.0, 2
"""A tool that has read the same files this often, and for this long, is not run again: the least will not change."""

LONG = 2_500_000
"""Characters of the long file."""

ONE = "1 file"
ONE_LIMIT, FORM_LIMIT = 150.0, 1.2
"""Milliseconds on the clock for one file; times `concise` for every other output format."""

LIMITS = {"100 files": 4.0, "1,000 tiny files": 2.0, "a file of 2.5 MB": 0.4}
"""Times squawk."""

REAL_LIMIT = 2.0
"""Times squawk for a real project (`--migrations`)."""

OURS, THEIRS = "rowkeep", "squawk"

READ = {OURS: r"in ([\d,]+) migration", THEIRS: r"checked (\d+) source file"}
"""Where a tool says how many files it has read: one that was fast because it read nothing is not fast."""


@dataclass(frozen=True, slots=True)
class Heap:
    """Files to read. directory: what Rowkeep is given; squawk is given the files."""

    title: str
    directory: Path
    files: tuple[Path, ...]
    costs: dict[str, list[Cost]] = field(default_factory=lambda: {OURS: [], THEIRS: []})

    @property
    def size(self) -> int:
        """All files, in kilobytes."""
        return sum(path.stat().st_size for path in self.files) // 1000


def measure(options: Options) -> Iterator[Table]:
    """Two tables: every heap of files by either tool, and every output format, in turns."""
    squawk = LINTERS[0]
    squawk.install(options.cache)
    runs = options.runs or (3 if options.quick else 7)
    with tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name:
        home = Path(name)
        heaps = [*_heaps(home), *([_real(options.migrations)] if options.migrations else [])]
        for number in range(runs + 1):
            options.say(f"round {number} of {runs}")
            for heap in heaps:
                lines = {OURS: _ours(heap), THEIRS: [squawk.program, *map(str, heap.files)]}
                for title, arguments in lines.items():
                    if has_enough(heap.costs[title]):
                        continue
                    cost = _once(title, arguments, heap, home)
                    if number:  # the first one writes .pyc files and warms the disk's cache
                        heap.costs[title].append(cost)
        yield _table(heaps, runs)
        # A real project has findings of every kind; without one, the hundred files.
        yield _forms(heaps[-1] if options.migrations else heaps[1], home, runs)


def has_enough(costs: list[Cost]) -> bool:
    """Whether these runs of a tool are enough to know its cost."""
    return len(costs) >= ENOUGH_RUNS and sum(cost.wall for cost in costs) >= ENOUGH_S


def _heaps(home: Path) -> Iterator[Heap]:
    made = {
        ONE: history.usual(1),
        "100 files": history.usual(100),
        "1,000 tiny files": history.tiny(1000),
        "a file of 2.5 MB": {"1700000000000_everything.sql": history.long(LONG)},
    }
    for number, (title, texts) in enumerate(made.items()):
        directory = home / f"heap-{number}"
        directory.mkdir()
        for name, text in texts.items():
            (directory / name).write_text(text, encoding="utf-8")
        yield Heap(title, directory, tuple(directory / name for name in texts))


def _real(directory: Path) -> Heap:
    files = tuple(sorted(directory.rglob("*.sql")))
    if not files:
        raise Failed(f"no SQL in {directory}")
    return Heap(f"{directory.parent.name}/{directory.name}", directory, files)


def _ours(heap: Heap, *options: str) -> list[str]:
    """As it is installed, with the form for people that is the default of either tool."""
    program = str(Path(sys.prefix) / "bin" / "rowkeep")
    return [program, "lint", "--no-cache", "--fail-on", "never", *options, str(heap.directory)]


def _forms(heap: Heap, home: Path, runs: int) -> Table:
    """What each output format costs for the same files."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    costs: dict[str, list[Cost]] = {form: [] for form in FORMS}
    for number in range(runs + 1):
        for form in FORMS:
            cost = spend(_ours(heap, "--output-format", form), environ=environ, directory=home, seconds=SECONDS)
            if number:  # the first one writes .pyc files
                costs[form].append(cost)
    least = {form: Costs(tuple(each)).cpu for form, each in costs.items()}
    return Table(
        f"output formats of lint, {heap.title} ({runs} runs each, in turns, the least processor time of them)",
        ("", "cpu", "ratio"),
        [(form, milliseconds(cpu), ratio(cpu, least["concise"])) for form, cpu in least.items()],
        targets=tuple(
            Target(f"--output-format {form}", cpu / least["concise"], FORM_LIMIT, "x concise")
            for form, cpu in least.items()
            if form != "concise"
        ),
        raw=dict(costs),
    )


def _once(title: str, arguments: list[str], heap: Heap, home: Path) -> Cost:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    fine = (0, 1) if title == THEIRS else (0,)  # squawk knows no other way to say that it has found something
    cost = spend(arguments, environ=environ, directory=home, seconds=SECONDS, fine=fine)
    said = (home / ".bench.log").read_text(encoding="utf-8", errors="replace")
    read = re.findall(READ[title], said)
    if not read or not _all_read(title, int(read[-1].replace(",", "")), heap):
        raise Failed(f"{title} did not read {heap.title}: {said[-500:]}")
    return cost


def _all_read(title: str, read: int, heap: Heap) -> bool:
    """Rowkeep counts migrations, of which one may have a file for the way up and one for the way down."""
    return read == len(heap.files) or (title == OURS and len(heap.files) <= 2 * read)


def _table(heaps: list[Heap], runs: int) -> Table:
    rows, targets = [], []
    for heap in heaps:
        ours, theirs = (Costs(tuple(heap.costs[title])) for title in (OURS, THEIRS))
        rows.append(
            (
                f"{heap.title} ({heap.size:,} kB)",
                milliseconds(ours.wall),
                milliseconds(theirs.wall),
                ratio(ours.wall, theirs.wall),
                milliseconds(ours.cpu),
                milliseconds(theirs.cpu),
                ratio(ours.cpu, theirs.cpu),
                f"{ours.memory:.0f} MiB",
                f"{theirs.memory:.0f} MiB",
            )
        )
        if heap.title == ONE:
            targets.append(Target(heap.title, ours.wall * 1000, ONE_LIMIT, "ms on the clock"))
        else:
            limit = LIMITS.get(heap.title, REAL_LIMIT)
            targets.append(Target(heap.title, ours.wall / theirs.wall, limit, "x squawk"))
    return Table(
        f"lint ({runs} runs each, in turns, the least of them)",
        ("", "wall", "squawk", "ratio", "cpu", "squawk", "ratio", "memory", "squawk"),
        rows,
        notes=(f"memory: {own_memory()}",),
        targets=tuple(targets),
        raw={heap.title: heap.costs for heap in heaps},
    )
