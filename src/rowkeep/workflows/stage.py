"""One stage of a walk: told when it begins, timed, and told how it ended, also when it ends in an error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.domain.event import Emit, Outcome, StageFinished, StageStarted
from rowkeep.errors import Refused


class StageNote:
    """What a stage has to say when it ends. outcome: of a stage that did not raise."""

    def __init__(self) -> None:
        self.summary = ""
        self.outcome = Outcome.OK
        self.seconds = 0.0


@contextmanager
def run_stage(emit: Emit, word: str, title: str, *, total: int | None = None, unit: str = "") -> Iterator[StageNote]:
    """Tell that the stage `word` begins and, whatever happens, that it ended. The summary is the caller's to fill."""
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
