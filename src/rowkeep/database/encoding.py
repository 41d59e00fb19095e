"""A migration that makes the session speak another encoding than its file, which is UTF-8, garbles its own texts."""

from __future__ import annotations

import re
from dataclasses import replace

from rowkeep.database.pipeline import Command
from rowkeep.database.session import question
from rowkeep.domain.order import Fault
from rowkeep.domain.plan import Step

GUARD = Command(question("session_encoding"), prepared=True)
NO_NUMBER = "22P02"
"""invalid_text_representation: how the guard says no."""
_SAID = re.compile(r"client_encoding|\bnames\b", re.IGNORECASE)
_NAMED = re.compile(r'"([^"]*)"')


def changed_by(step: Step) -> int | None:
    """The statement of the step that may change the encoding; None where none speaks of it."""
    if not _SAID.search(step.text):
        return None
    found = (at for at, piece in enumerate(step.pieces) if _SAID.search(piece.statement.text))
    return next(found, len(step.pieces) - 1 if step.pieces else None)


def fault(said: Fault, piece: int) -> Fault:
    """What the guard has against a migration, in words."""
    if said.sqlstate != NO_NUMBER:
        return said
    named = _NAMED.search(said.message)
    message = (
        f"client_encoding is {named[1] if named else 'another'} at the end of the migration, and its file is UTF-8: "
        "the server would read every later text as another one"
    )
    return replace(said, message=message, sqlstate=None, position=None, context=None, piece=piece)
