"""How much memory `lint` takes: a thousand files, and one that is too large to be read."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import history
from bench.cost import Failed, spend
from bench.options import Options
from bench.table import Table, Target

TITLE = "peak memory of lint: nothing, 1,000 files, a file of 100 MB"

SECONDS = 300.0
"""What one run may take."""

SMALL = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""Starts a program and prints its peak. A child begins as a copy of its parent, so that one must be small."""

FILES, HUGE = 1000, 100_000_000
"""How many files; how many bytes the large one has."""

FILES_LIMIT, HUGE_LIMIT = 60.0, 3.0
"""MiB above `rowkeep --version`; times the size of the file."""


def measure(options: Options) -> Iterator[Table]:
    """One table: the peak of the process for each directory."""
    runs = options.runs or (1 if options.quick else 3)
    program = str(Path(sys.prefix) / "bin" / "rowkeep")
    with tempfile.TemporaryDirectory(prefix="rowkeep-bench-") as name:
        home = Path(name)
        many, huge = home / "many", home / "huge"
        many.mkdir()
        huge.mkdir()
        for file, text in history.usual(FILES).items():
            (many / file).write_text(text, encoding="utf-8")
        row = b"INSERT INTO orders (id, note) VALUES (1, 'a row of a dump');\n"
        (huge / "1700000000000_dump.sql").write_bytes(row * (HUGE // len(row) + 1))
        peaks = {
            "nothing": _peak(home, [program, "--version"], runs, ()),
            "1,000 files": _peak(
                home, [program, "lint", "--no-cache", "--fail-on", "never", "many"], runs, ("1,000",)
            ),
            # The file is refused: that is an error of the migration, so lint exits 1.
            "a file of 100 MB": _peak(home, [program, "lint", "--no-cache", "huge"], runs, ("larger than 50 MB",), 1),
        }
    files = peaks["1,000 files"] - peaks["nothing"]
    times = peaks["a file of 100 MB"] * 1024 * 1024 / HUGE
    yield Table(
        f"memory of lint ({runs} runs each, the highest peak)",
        ("", "peak"),
        [(title, f"{peak:.0f} MiB") for title, peak in peaks.items()],
        notes=("the file of 100 MB is refused with an error that names the limit",),
        targets=(
            Target("1,000 files above nothing", files, FILES_LIMIT, "MiB"),
            Target("a file of 100 MB", times, HUGE_LIMIT, "x its size"),
        ),
        raw={"peaks": peaks},
    )


def _peak(home: Path, arguments: list[str], runs: int, words: tuple[str, ...], code: int = 0) -> float:
    """The highest peak in MiB. words: what the program must print, so that one that did nothing is noticed."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    peaks = []
    for _ in range(runs):
        line = [sys.executable, "-S", "-c", SMALL, *arguments]
        spend(line, environ=environ, directory=home, seconds=SECONDS, fine=(code,))
        printed = (home / ".bench.log").read_text(encoding="utf-8", errors="replace")
        for word in words:
            if word not in printed:
                raise Failed(f"{' '.join(arguments)} did not print {word!r}: {printed[-500:]}")
        peaks.append(int(re.findall(r"^peak (\d+)$", printed, re.MULTILINE)[-1]) / 1024)
    return max(peaks)
