"""The last structure known to be good, saved in the database itself, in our own schema `rowkeep`."""

from __future__ import annotations

import psycopg

from rowkeep import structure
from rowkeep.database.connection.session import Session
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.schema.structure import ExpectedStructure, Structure
from rowkeep.errors import Failed


def save_expected(session: Session, good: Structure, source: str) -> None:
    """Save `good` as the structure that this database should have.

    source: what says so, such as `deploy of 3 migrations` or `accepted: reason`.
    Creates its table when first needed. Raises Failed, with nothing changed, if the role may not.
    """
    values = {"source": source, "major": good.major, "digest": good.digest, "items": structure.format_structure(good)}
    try:
        schema, table = session.ask("expected_structure.exists")[0]
        with session.connection.transaction():
            if not schema:
                session.do("ledger.create_schema")
            if not table:
                session.do("expected_structure.create_table")
            session.do("expected_structure.insert", values)
            session.do("expected_structure.prune")
    except psycopg.Error as error:
        raise Failed(
            "the expected structure could not be saved",
            code=ErrorCode.BOOKKEEPING_FAILED,
            where="rowkeep.structure",
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("rowkeep verify --save FILE",),
        ) from None


def load_expected(session: Session) -> ExpectedStructure | None:
    """The structure that was saved last; None if there is none, or the role may not read it."""
    if not all(session.ask("expected_structure.exists")[0]):
        return None
    try:
        rows = session.ask("expected_structure.newest")
    except psycopg.errors.InsufficientPrivilege:
        return None
    if not rows:
        return None
    items, source, at = rows[0]
    return ExpectedStructure(structure.parse_structure(items, "rowkeep.structure"), source, at)
