"""`make scoreboard`: linters on the corpus, side by side: dangers named and missed, safe files flagged without cause.

`python -m bench.scoreboard --write` puts the tables into docs/scoreboard.md; `--show LINTER` lists what it missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.corpus import PROMISES, Case, cases
from bench.corpus.rowkeep import ROWKEEP
from bench.corpus.score import Mark, Score, score
from bench.corpus.squawk import LINTERS as SQUAWKS
from bench.corpus.told import Linter
from bench.cost import Failed
from bench.table import Table, text

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scoreboard.md"
HEAD = """\
# Scoreboard

Rowkeep and squawk on the corpus of `tests/corpus`: migrations that a real PostgreSQL server has shown to be dangerous,
and look-alikes that it has shown to be safe. `make scoreboard` prints these tables, `--write` keeps them here.

- *hit*: a finding on the right line, of a rule that speaks of this danger; *partial*: the right line for another
  reason, or the reason on another line; *miss*: nothing, or taste and habit only. squawk's rules are read generously
  (`bench/corpus/squawk.py`), and it also runs with every opt-in rule on.
- *severe*: a finding of data or lock severity on a safe file. That is what a linter must not do. squawk does not know
  the markers of down parts; 24 of the safe files have one.
"""


def main() -> int:
    """0; 1 when a linter cannot be had or fails."""
    chosen = _arguments()
    told = cases()
    linters: tuple[Linter, ...] = (ROWKEEP, *SQUAWKS)
    scores = []
    try:
        for linter in linters:
            linter.install(Path(chosen.cache).expanduser())
            scores.append(score(linter.name, told, linter.lint(told)))
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    tables = (_dangers(told, scores), _safe(told, scores))
    for table in tables:
        print(text(table) + "\n")
    for found in scores:
        if chosen.show == found.linter:
            print("\n".join(_details(found)))
    if chosen.write:
        PAGE.write_text("\n".join([HEAD, *(_markdown(table) for table in tables)]), encoding="utf-8")
        print(f"written: {PAGE}")
    return 0


def _dangers(told: Sequence[Case], scores: Sequence[Score]) -> Table:
    rows = []
    for category in (*PROMISES, None):
        total = sum(category in (None, danger.category) for case in told for danger in case.dangers)
        marks = (" / ".join(f"{found.count(mark, category):>3}" for mark in Mark) for found in scores)
        rows.append((category or "all", str(total), *marks))
    silent = (str(found.clean) for found in scores)
    rows.append(("files of which nothing was said", str(sum(not case.safe for case in told)), *silent))
    notes = (" / ".join(mark.value for mark in Mark),)
    return Table("Dangers", ("promise", "dangers", *(found.linter for found in scores)), rows, notes)


def _safe(told: Sequence[Case], scores: Sequence[Score]) -> Table:
    total = str(sum(case.safe for case in told))

    def row(title: str, count: Callable[[Score], int]) -> tuple[str, ...]:
        return (title, total, *(str(count(found)) for found in scores))

    rows = [
        row("files flagged, severe", lambda found: len(found.severe)),
        row("findings, severe", lambda found: sum(map(len, found.severe.values()))),
        row("files flagged, taste and notes aside", lambda found: len(found.felt)),
        row("findings, taste and notes aside", lambda found: sum(map(len, found.felt.values()))),
        row("files flagged, taste aside", lambda found: len(found.noisy)),
        row("findings, taste aside", lambda found: sum(map(len, found.noisy.values()))),
        row("findings, all", lambda found: sum(map(len, found.false.values()))),
    ]
    return Table("Safe files", ("false alarms", "files", *(found.linter for found in scores)), rows)


def _details(found: Score) -> Iterator[str]:
    for one in sorted(found.analyzed, key=lambda one: (one.mark.value, one.case.name)):
        if one.mark is not Mark.HIT:
            yield f"{one.mark.value:<8} {one.case.name}: {one.danger.says}"
    for name, told in sorted(found.noisy.items()):
        for finding in told:
            word = "severe" if finding.severe else "noise"
            yield f"{word:<8} {name}: {finding.file}:{finding.line} {finding.rule}"


def _markdown(table: Table) -> str:
    lines = [table.headings, *table.rows]
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    rows.insert(1, "|---" + "|---:" * (len(table.headings) - 1) + "|")
    notes = "".join(f"\n{note}\n" for note in table.notes)
    return f"## {table.title}\n\n" + "\n".join(rows) + f"\n{notes}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scoreboard", description="Linters on the corpus.")
    parser.add_argument("--write", action="store_true", help="keep the tables in docs/scoreboard.md")
    parser.add_argument("--show", metavar="LINTER", help="list what this linter missed and flagged without cause")
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "rowkeep-bench"
    parser.add_argument("--cache", default=str(cache), metavar="DIR", help=f"where linters are installed ({cache})")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
