"""Finds out whether a migration changed client_encoding: its file is UTF-8, so later texts would be garbled."""

from __future__ import annotations

import re

from rowkeep.database.connection.pipeline import PipelineCommand
from rowkeep.database.executor.leftovers import FIRST
from rowkeep.database.queries import load_query
from rowkeep.domain.frozen import replace
from rowkeep.domain.instruction import ServerError
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.plan import Step

CHECK = PipelineCommand(load_query("session.require_utf8"), prepared=True)
NO_NUMBER = "22P02"
"""invalid_text_representation: the error of a failed check."""
_MENTIONED = compile_later(r"client_encoding|\bnames\b", re.IGNORECASE)
_NAMED = compile_later(r'"([^"]*)"')


def statements_to_check(step: Step) -> frozenset[int]:
    """The statements of the step after which the encoding is checked: those that may have changed it.

    That is every statement that mentions it, and every call if the file has texts that could be garbled.
    """
    calls = () if step.text.isascii() else FIRST
    return frozenset(
        at
        for at, piece in enumerate(step.pieces)
        if _MENTIONED.search(piece.statement.text) or piece.statement.head.lower().startswith(calls)
    )


def explain_failed_check(error: ServerError, piece: int) -> ServerError:
    """Put the error of the check into words."""
    if error.sqlstate != NO_NUMBER:
        return error
    named = _NAMED.search(error.message)
    message = (
        f"client_encoding is {named[1] if named else 'another'} after this statement, and the file is UTF-8: "
        "the server would read every later text as another one"
    )
    return replace(error, message=message, sqlstate=None, position=None, context=None, piece=piece)
