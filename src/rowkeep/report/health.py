"""Concerns about the state of a database, as text and JSON."""

from __future__ import annotations

from dataclasses import asdict

from rowkeep.domain.count import count_text
from rowkeep.domain.schema.structure import HealthConcern
from rowkeep.report.text.visible import join_lines


def format_concerns(concerns: tuple[HealthConcern, ...]) -> str:
    """Faults first, each with its fix; '' if there are no concerns."""
    rows = []
    for fault, heading in ((True, "fault"), (False, "remark")):
        chosen = [concern for concern in concerns if concern.fault is fault]
        if chosen:
            rows.append(f"{count_text(len(chosen), heading)}:")
        for concern in chosen:
            rows += [f"  {concern.kind} {concern.identity} {concern.what}", f"      {concern.fix}"]
    return join_lines(rows)


def serialize_concerns(concerns: tuple[HealthConcern, ...]) -> list[dict[str, object]]:
    """The same for `--output-format json`."""
    return [asdict(concern) for concern in concerns]
