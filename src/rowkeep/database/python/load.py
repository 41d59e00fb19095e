"""Loads a migration in Python from the text that was read and linted; locates an error in it."""

from __future__ import annotations

import io
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING

import psycopg

from rowkeep.database.connection.server_error import error_of_exception
from rowkeep.domain.event import Emit, Noted
from rowkeep.domain.frozen import replace
from rowkeep.domain.instruction import ServerError
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.plan import Step
from rowkeep.domain.source import Source, Span
from rowkeep.parse.python.module import SourcePositions
from rowkeep.parse.python.read import function_span, locate_position

if TYPE_CHECKING:
    from rowkeep.database.python.api import MigrationDatabase

Function = Callable[["MigrationDatabase"], object]
WORD = compile_later(r'"(?:[^"]|"")*"|\w+')


@contextmanager
def import_environment(emit: Emit) -> Iterator[None]:
    """Allow imports from the project's directory, and turn what is printed into events: stdout is the command's."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        with redirect_stdout(_PrintedLines(emit)):
            yield
    finally:
        if here in sys.path:
            sys.path.remove(here)


def load_function(step: Step) -> Function:
    """The function of the step, in a new module. Raises whatever the module raises while it is loaded."""
    source = step.migration.source
    module = ModuleType(f"rowkeep_migration_{re.sub(r'[^0-9A-Za-z]', '_', step.name)}")
    module.__file__ = source.path
    # A dataclass, for one, looks its own module up by name.
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.text, source.path, "exec", dont_inherit=True), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    function: Function = getattr(module, step.pieces[0].function or "up")
    return function


def locate_exception(
    step: Step, error: BaseException, piece: int, sent: tuple[str, bool] | None = None
) -> ServerError:
    """Convert an exception of a function (or of loading its file), with the place in the file where it was raised.

    piece: number of the function among the statements of its transaction group. sent: the text that was sent to the
    server last, and whether it had values.
    """
    at = _place(step, error, sent)
    if isinstance(error, psycopg.Error):
        return replace(error_of_exception(error), piece=piece, at=at)
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    elsewhere = _describe_origin(error, step.migration.path)
    return ServerError(lines[-1] if lines else type(error).__name__, context=elsewhere, piece=piece, at=at)


def _place(step: Step, error: BaseException, sent: tuple[str, bool] | None) -> tuple[Source, Span]:
    """The running expression in the innermost frame of the file; in constant SQL, the position from the server."""
    source = step.migration.source
    section = step.migration.section(step.direction)
    assert section is not None  # a step has its part
    frames = [
        (frame, entry) for frame, entry in _frames(error.__traceback__) if frame == source.path and entry is not None
    ]
    if not frames:
        return source, _line(source, function_span(section))
    line, column, end_line, end_column = frames[-1][1]
    places = SourcePositions(source.text)
    start = places.offset(line, column)
    span = Span(start, max(start + 1, places.offset(end_line, end_column)))
    position = error.diag.statement_position if isinstance(error, psycopg.Error) else None
    if position and sent is not None:
        at = locate_position(section, span, int(position) - 1, sent)
        if at is not None:
            word = WORD.match(source.text, at)
            return source, Span(at, word.end() if word else at + 1)
    return source, _line(source, span)


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, tuple[int, int, int, int] | None]]:
    """File and position of every frame, outermost first."""
    while trace is not None:
        code = trace.tb_frame.f_code
        positions = list(code.co_positions())
        line, end_line, column, end_column = positions[trace.tb_lasti // 2]
        known = line is not None and column is not None and end_line is not None and end_column is not None
        fallback = (trace.tb_lineno, 0, trace.tb_lineno, 0)
        yield code.co_filename, (line, column, end_line, end_column) if known else fallback  # type: ignore[misc]
        trace = trace.tb_next


def _describe_origin(error: BaseException, path: str) -> str | None:
    """Where an error was raised, if not in the file itself but in what it calls."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return None
    frame, line = frames[-1]
    name = frame.f_code.co_filename
    ours = Path(name).parent == Path(__file__).parent
    return None if name == path or ours else f"raised in {Path(name).name}:{line}"


def _line(source: Source, span: Span) -> Span:
    """The part of `span` that is on its first line."""
    stop = source.text.find("\n", span.start, span.end)
    return Span(span.start, span.end if stop < 0 else stop)


class _PrintedLines(io.TextIOBase):
    """Emits what is printed, line by line."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._rest = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._emit(Noted(line))
        return len(text)
