"""`docs/performance.md`: the newest results of `make bench`, from `bench/results.json`."""

from __future__ import annotations

import importlib

from bench.results import Result, load_results
from bench.table import Table, Target

HEAD = """\
# Performance

What Rowkeep costs, compared with other tools, as `make bench` measured it. Generated from `bench/results.json`; do not
edit it here.

- Everything that is compared runs in turns in one run, on the same machine and the same input. Compare the **ratios**:
  they depend little on the machine. Seconds and milliseconds are those of the machine named below each title.
- The least of several runs counts, because other work on a machine can only add to it. `cpu` is processor time of the
  program and its children; `wall` is time on the clock.
- A limit is what we want to keep. A limit that is not kept is shown as **missed**.

Measure it yourself: `make bench` runs everything, `.venv/bin/python -m bench lint` one measure; `--save` also writes
the results to `bench/results.json`. [development.md](development.md#speed) describes the measures and their options.
"""


def pages() -> dict[str, str]:
    """The one page."""
    results = list(load_results())
    parts = [HEAD, _summary(results), *(_section(result) for result in results)]
    return {"docs/performance.md": "\n".join(parts)}


def _summary(results: list[Result]) -> str:
    targets = [(result.measure, target) for result in results for table in result.tables for target in table.targets]
    missed = [(measure, target) for measure, target in targets if not target.met]
    lines = ["## Limits", "", f"{len(targets) - len(missed)} of {len(targets)} limits are kept.", ""]
    if missed:
        lines += ["| missed | measure | value | limit |", "|---|---|--:|--:|"]
        lines += [
            f"| {_cell(target.what)} | [{measure}](#{measure}) | {_value(target)} | {target.limit:g} |"
            for measure, target in missed
        ]
        lines.append("")
    return "\n".join(lines)


def _section(result: Result) -> str:
    title: str = importlib.import_module(f"bench.measures.{result.measure}").TITLE
    facts = ", ".join(f"{name} {value}" for name, value in result.machine.items())
    head = [f"## {result.measure}", "", f"{title[0].upper()}{title[1:]}.", ""]
    head += [f"Measured on {result.measured} at commit {result.commit or 'unknown'} ({facts}).", ""]
    return "\n".join([*head, *(_table(table) for table in result.tables)])


def _table(table: Table) -> str:
    lines = [f"**{table.title}**", "", f"| {' | '.join(_cell(heading) for heading in table.headings)} |"]
    lines.append(f"|---|{'--:|' * (len(table.headings) - 1)}")
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in table.rows]
    lines.append("")
    lines += [f"- {note}" for note in table.notes]
    lines += [f"- {'kept' if target.met else '**missed**'}: {_limit(target)}" for target in table.targets]
    return "\n".join([*lines, ""])


def _limit(target: Target) -> str:
    return f"{target.what}: {_value(target)} (at most {target.limit:g})"


def _value(target: Target) -> str:
    return f"{target.value:.3g} {target.unit}".rstrip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
