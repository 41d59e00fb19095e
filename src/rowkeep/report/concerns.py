"""What is of concern in a database's state, in words."""

from __future__ import annotations

from dataclasses import asdict

from rowkeep.domain.structure import Concern
from rowkeep.report.events import count_text
from rowkeep.report.visible import joined


def concerns_text(concerns: tuple[Concern, ...]) -> str:
    """Faults first, each with what mends it; '' when there is nothing."""
    rows = []
    for fault, heading in ((True, "fault"), (False, "remark")):
        chosen = [concern for concern in concerns if concern.fault is fault]
        if chosen:
            rows.append(f"{count_text(len(chosen), heading)}:")
        for concern in chosen:
            rows += [f"  {concern.kind} {concern.identity} {concern.what}", f"      {concern.mend}"]
    return joined(rows)


def concerns_data(concerns: tuple[Concern, ...]) -> list[dict[str, object]]:
    """The same for `--output-format json`."""
    return [asdict(concern) for concern in concerns]
