"""A migration that makes the session speak another encoding than its file, which is UTF-8, garbles its own texts."""

from __future__ import annotations

import re
from dataclasses import replace

from rowkeep.database.connection.advisory import FIRST
from rowkeep.database.connection.pipeline import PipelineCommand
from rowkeep.database.queries import load_query
from rowkeep.domain.instruction import ServerError
from rowkeep.domain.plan import Step

GUARD = PipelineCommand(load_query("session.require_utf8"), prepared=True)
NO_NUMBER = "22P02"
"""invalid_text_representation: how the guard says no."""
_SAID = re.compile(r"client_encoding|\bnames\b", re.IGNORECASE)
_NAMED = re.compile(r'"([^"]*)"')


def guard_encoding(step: Step) -> frozenset[int]:
    """The statements of the step behind which the encoding is looked at: those that may have changed it.

    Every statement that speaks of it; where the file has texts that could be garbled, every call as well.
    """
    calls = () if step.text.isascii() else FIRST
    return frozenset(
        at
        for at, piece in enumerate(step.pieces)
        if _SAID.search(piece.statement.text) or piece.statement.head.lower().startswith(calls)
    )


def encoding_error(said: ServerError, piece: int) -> ServerError:
    """What the guard has against a migration, in words."""
    if said.sqlstate != NO_NUMBER:
        return said
    named = _NAMED.search(said.message)
    message = (
        f"client_encoding is {named[1] if named else 'another'} after this statement, and the file is UTF-8: "
        "the server would read every later text as another one"
    )
    return replace(said, message=message, sqlstate=None, position=None, context=None, piece=piece)
