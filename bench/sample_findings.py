"""A sample of findings on real projects, to be read by hand: how many of them are right? See bench/precision.md.

`python -m bench.sample_findings DIRECTORY… --output FILE` draws it; `--count FILE` sums up what the reader wrote.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bench.corpus.rowkeep import lint_json
from bench.corpus.told import SEVERE
from bench.cost import Failed

FELT = frozenset({"error", "warning"})
VERDICTS = ("right", "wrong", "unclear")
AROUND = 6
"""Lines of the file shown before and after a finding."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One finding of a project. project: its name, as `_named` gives it."""

    project: str
    root: Path
    finding: dict[str, Any]

    def rank(self, seed: str) -> str:
        """Its place in the lottery: the same for the same finding, whatever else was found."""
        facts = (seed, self.project, str(self.relative), self.finding["line"], self.finding["column"])
        words = "\0".join(map(str, (*facts, self.finding["rule"])))
        return hashlib.sha256(words.encode()).hexdigest()

    @property
    def relative(self) -> Path:
        """The file, below its project."""
        path = Path(self.finding["path"])
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


def main() -> int:
    """0; 1 when lint fails."""
    chosen = _arguments()
    if chosen.count:
        print(_count(Path(chosen.count).read_text(encoding="utf-8")))
        return 0
    try:
        found = [one for name, root in _named(chosen.directories) for one in _findings(name, root)]
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    drawn = _draw(found, chosen.size, chosen.seed)
    page = "\n".join(_page(drawn, found, chosen.seed))
    if chosen.output:
        Path(chosen.output).write_text(page, encoding="utf-8")
    else:
        print(page)
    return 0


def _named(directories: Sequence[str]) -> list[tuple[str, Path]]:
    """Each project by the first part of its path that tells it from the others: all may end in `migrations`."""
    roots = [Path(directory).resolve() for directory in directories]
    above = Path(os.path.commonpath(roots)) if len(roots) > 1 else roots[0].parent
    return [(root.relative_to(above).parts[0] if root != above else root.name, root) for root in roots]


def _findings(name: str, root: Path) -> list[Drawn]:
    """What lint says of one project, of data and lock severity."""
    findings = lint_json(root)
    return [Drawn(name, root, one) for one in findings if one["category"] in SEVERE and one["severity"] in FELT]


def _draw(found: Sequence[Drawn], size: int, seed: str) -> list[Drawn]:
    """The projects in turns, so that none drowns the others; of each, what the seed ranks first."""
    queues: dict[str, list[Drawn]] = {}
    for one in sorted(found, key=lambda one: one.rank(seed)):
        queues.setdefault(one.project, []).append(one)
    turns = zip_longest(*(queues[project] for project in sorted(queues)))
    return [one for turn in turns for one in turn if one is not None][:size]


def _page(drawn: Sequence[Drawn], found: Sequence[Drawn], seed: str) -> Iterator[str]:
    projects = Counter(one.project for one in found)
    yield f"# {len(drawn)} of {len(found)} findings of data and lock severity, seed {seed}\n"
    yield "Found in: " + ", ".join(f"{name} {count}" for name, count in sorted(projects.items())) + ".\n"
    yield f"Write one of {', '.join(VERDICTS)} behind every `verdict:`, and why. Then `--count` this file.\n"
    for number, one in enumerate(drawn, 1):
        finding = one.finding
        yield f"## {number}. {one.project}: {one.relative}:{finding['line']}\n"
        yield f"**{finding['severity']} {finding['rule']}** ({finding['category']}, {finding['direction']})"
        yield f"{finding['message']}\n"
        yield f"```sql\n{_excerpt(one)}\n```\n"
        yield "verdict: \n"


def _excerpt(one: Drawn) -> str:
    path = Path(one.finding["path"])
    lines = (path if path.is_absolute() else Path.cwd() / path).read_text(encoding="utf-8").splitlines()
    at = one.finding["line"]
    first, last = max(1, at - AROUND), min(len(lines), at + AROUND)
    return "\n".join(f"{'>' if n == at else ' '} {n:>4} {lines[n - 1][:160]}" for n in range(first, last + 1))


def _count(page: str) -> str:
    given = Counter(re.findall(r"^verdict:\s*(\w+)", page, re.MULTILINE))
    unread = len(re.findall(r"^verdict:\s*$", page, re.MULTILINE))
    strange = set(given) - set(VERDICTS)
    if strange:
        return f"not a verdict: {', '.join(sorted(strange))}"
    total = given["right"] + given["wrong"]
    if not total:
        return "nothing is read yet"
    low, high = _interval(given["right"], total)
    words = ", ".join(f"{given[result]} {result}" for result in VERDICTS)
    return (
        f"{words}, {unread} not read: precision {given['right'] / total:.0%} (95 % between {low:.0%} and {high:.0%})"
    )


def _interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's interval at 95 %."""
    z, share = 1.96, hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sample_findings", description="Findings to read by hand.")
    parser.add_argument("directories", nargs="*", metavar="DIRECTORY", help="migration directories of real projects")
    parser.add_argument("--size", type=int, default=50, metavar="N", help="how many findings (50)")
    parser.add_argument("--seed", default="1", metavar="WORD", help="another seed draws another sample (1)")
    parser.add_argument("--output", metavar="FILE", help="write the sample to FILE")
    parser.add_argument("--count", metavar="FILE", help="sum up the verdicts written into FILE")
    chosen = parser.parse_args()
    if not chosen.count and not chosen.directories:
        parser.error("name at least one directory")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
