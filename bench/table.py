"""A result as rows: printed for people, kept whole for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """What we promise: `value` of `what` is at most `limit`."""

    what: str
    value: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Table:
    """A title, headings, and rows of text; notes below; `raw` holds every number for JSON."""

    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    raw: dict[str, object] = field(default_factory=dict)


def text(table: Table) -> str:
    """The table in plain characters: first column to the left, numbers to the right."""
    lines = [table.headings, *table.rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.headings))]

    def row(cells: tuple[str, ...]) -> str:
        first, *rest = (
            cell.ljust(width) if not number else cell.rjust(width) for number, cell, width in zipped(cells)
        )
        return "  ".join([first, *rest]).rstrip()

    def zipped(cells: tuple[str, ...]) -> list[tuple[int, str, int]]:
        return [(number, cell, width) for number, (cell, width) in enumerate(zip(cells, widths, strict=True))]

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    out = [table.title, rule, row(table.headings), rule, *(row(line) for line in table.rows), rule]
    out.extend(f"  {note}" for note in table.notes)
    for target in table.targets:
        mark = "kept  " if target.met else "MISSED"
        out.append(f"  {mark}  {target.what}: {target.value:.3g} {target.unit} (at most {target.limit:g})".rstrip())
    return "\n".join(out)


def milliseconds(seconds: float) -> str:
    """0.0123 -> 12.3 ms"""
    return f"{seconds * 1000:.1f} ms"


def duration(seconds: float) -> str:
    """1.234 -> 1.23 s"""
    return f"{seconds:.2f} s"


def ratio(value: float, floor: float) -> str:
    """How many times the floor."""
    return f"{value / floor:.2f} x"
