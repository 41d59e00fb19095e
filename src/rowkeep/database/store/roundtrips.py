"""Which down parts went there and back in a rehearsal: kept in the database, in our own schema `rowkeep`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import psycopg

from rowkeep.database.connection.session import Session, run_queries
from rowkeep.database.store.environment import read_identity
from rowkeep.domain.deploy.roundtrip import ProvenDown
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.ledger import HistoryTable
from rowkeep.errors import Failed


def save_roundtrip(
    session: Session,
    history: HistoryTable,
    tried: Iterable[ProvenDown],
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
        schema, table = session.ask("roundtrips.exists")[0]
        with session.connection.transaction():
            if not schema:
                session.do("ledger.create_schema")
            if not table:
                session.do("roundtrips.create_table")
            for proof in tried:
                values = {"migration": proof.migration, "up": proof.up, "down": proof.down, "details": told}
                session.do("roundtrips.insert", {"history": history.key, **values})
    except psycopg.Error as error:
        raise Failed(
            "the roundtrip could not be saved",
            code=ErrorCode.BOOKKEEPING_FAILED,
            where="rowkeep.roundtrip",
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=("rowkeep doctor",),
        ) from None


def load_roundtrips(session: Session, history: HistoryTable) -> frozenset[ProvenDown]:
    """What passed when it was last tried, for this database on this major; nothing where it cannot be read."""
    with run_queries("the roundtrips could not be read", "rowkeep.roundtrip"):
        if not all(session.ask("roundtrips.exists")[0]):
            return frozenset()
        wanted = json.dumps({**_here(session), "passed": True})
        try:
            rows = session.ask("roundtrips.passed", {"history": history.key, "details": wanted})
        except psycopg.errors.InsufficientPrivilege:
            return frozenset()
    return frozenset(ProvenDown(*row) for row in rows)


def _here(session: Session) -> dict[str, object]:
    """What a roundtrip holds for. A database that is renamed or restored anew keeps the rows, and is another one.

    Where the role may not know the cluster, name and oid must do: the texts are compared all the same.
    """
    here = read_identity(session)
    return {"database": here.database, "oid": here.oid, "system": here.system, "major": session.major}
