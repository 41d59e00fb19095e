"""Which down parts went there and back in a rehearsal: kept in the database, in our own schema `rowkeep`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import psycopg

from rowkeep.database.session import Session, answered
from rowkeep.domain.ledger import HistoryTable
from rowkeep.domain.roundtrip import Proven
from rowkeep.errors import Failed


def remember(session: Session, history: HistoryTable, passed: Iterable[Proven], details: Mapping[str, object]) -> None:
    """Keep what passed. details: the backup it ran on, losses that were accepted and why; values that JSON knows.

    Makes its table when first needed. Raises Failed, with nothing changed, when the role may not.
    """
    told = json.dumps(dict(details), default=str)
    try:
        schema, table = session.ask("roundtrip_there")[0]
        with session.connection.transaction():
            if not schema:
                session.do("ledger_schema")
            if not table:
                session.do("roundtrip_table")
            for proof in passed:
                values = {"migration": proof.migration, "up": proof.up, "down": proof.down, "details": told}
                session.do("roundtrip_insert", {"history": history.key, **values})
    except psycopg.Error as error:
        raise Failed(
            "the roundtrip could not be kept",
            where="rowkeep.roundtrip",
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("rowkeep doctor",),
        ) from None


def known(session: Session, history: HistoryTable) -> frozenset[Proven]:
    """All that ever passed in this database's history; nothing where it cannot be read."""
    with answered("the roundtrips could not be read", "rowkeep.roundtrip"):
        if not all(session.ask("roundtrip_there")[0]):
            return frozenset()
        try:
            rows = session.ask("roundtrip_known", {"history": history.key})
        except psycopg.errors.InsufficientPrivilege:
            return frozenset()
    return frozenset(Proven(*row) for row in rows)
