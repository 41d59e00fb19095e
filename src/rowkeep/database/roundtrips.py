"""Which down parts went there and back in a rehearsal: kept in the database, in our own schema `rowkeep`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import psycopg

from rowkeep.database.environment import identity
from rowkeep.database.session import Session, answered
from rowkeep.domain.ledger import HistoryTable
from rowkeep.domain.roundtrip import Proven
from rowkeep.errors import Failed


def remember(
    session: Session,
    history: HistoryTable,
    tried: Iterable[Proven],
    details: Mapping[str, object],
    *,
    passed: bool = True,
) -> None:
    """Keep what passed, or that it did not: the last word counts. It holds for this database and its major only.

    details: the backup it ran on, losses that were accepted and why; values that JSON knows. Makes its table when
    first needed. Raises Failed, with nothing changed, when the role may not.
    """
    try:
        told = json.dumps({**details, **_here(session), "passed": passed}, default=str)
        schema, table = session.ask("roundtrip_there")[0]
        with session.connection.transaction():
            if not schema:
                session.do("ledger_schema")
            if not table:
                session.do("roundtrip_table")
            for proof in tried:
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
    """What passed when it was last tried, for this database on this major; nothing where it cannot be read."""
    with answered("the roundtrips could not be read", "rowkeep.roundtrip"):
        if not all(session.ask("roundtrip_there")[0]):
            return frozenset()
        wanted = json.dumps({**_here(session), "passed": True})
        try:
            rows = session.ask("roundtrip_known", {"history": history.key, "details": wanted})
        except psycopg.errors.InsufficientPrivilege:
            return frozenset()
    return frozenset(Proven(*row) for row in rows)


def _here(session: Session) -> dict[str, object]:
    """What a roundtrip holds for. A database that is renamed or restored anew keeps the rows, and is another one.

    Where the role may not know the cluster, name and oid must do: the texts are compared all the same.
    """
    here = identity(session)
    return {"database": here.database, "oid": here.oid, "system": here.system, "major": session.major}
