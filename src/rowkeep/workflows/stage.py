"""A stage of a workflow: its start and its end are events, and it is timed, also when it fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.domain.event import Emit, Outcome, StageFinished, StageStarted
from rowkeep.errors import Refused


class StageNote:
    """What a stage reports when it ends. outcome: of a stage that did not raise. seconds: known after the end."""

    def __init__(self) -> None:
        self.summary = ""
        self.outcome = Outcome.OK
        self.seconds = 0.0


@contextmanager
def run_stage(emit: Emit, word: str, title: str, *, total: int | None = None, unit: str = "") -> Iterator[StageNote]:
    """Emit that the stage `word` begins and, whatever happens, that it ended. The caller fills in the summary."""
    note = StageNote()
    began = time.perf_counter()
    emit(StageStarted(word, title, total, unit))
    try:
        yield note
    except BaseException as error:
        outcome = Outcome.REFUSED if isinstance(error, Refused) else Outcome.FAILED
        emit(StageFinished(word, outcome, time.perf_counter() - began, getattr(error, "what", "interrupted")))
        raise
    note.seconds = time.perf_counter() - began
    emit(StageFinished(word, note.outcome, note.seconds, note.summary))
