"""The migrations whose roundtrip (up, down, up) was rehearsed: saved in the database, in our own schema `rowkeep`."""

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
    """Save whether the roundtrips passed. The newest result counts, for this database and major only.

    details: the backup it ran on, losses that were accepted and why; values for JSON. Creates its table when first
    needed. Raises Failed, with nothing changed, if the role may not.
    """
    try:
        saved = json.dumps({**details, **_here(session), "passed": passed}, default=str)
        schema, table = session.ask("roundtrips.exists")[0]
        with session.connection.transaction():
            if not schema:
                session.do("ledger.create_schema")
            if not table:
                session.do("roundtrips.create_table")
            for proof in tried:
                values = {"migration": proof.migration, "up": proof.up, "down": proof.down, "details": saved}
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


def has_roundtrips(session: Session) -> bool:
    """Whether a roundtrip was ever saved here. Raises Failed where the catalog cannot be read."""
    with run_queries("the roundtrips could not be read", "rowkeep.roundtrip"):
        return all(session.ask("roundtrips.exists")[0])


def load_roundtrips(session: Session, history: HistoryTable) -> frozenset[ProvenDown]:
    """The roundtrips that passed when last tried, for this database and major; none if they cannot be read."""
    with run_queries("the roundtrips could not be read", "rowkeep.roundtrip"):
        if not all(session.ask("roundtrips.exists")[0]):
            return frozenset()
        details = json.dumps({**_here(session), "passed": True})
        try:
            rows = session.ask("roundtrips.passed", {"history": history.key, "details": details})
        except psycopg.errors.InsufficientPrivilege:
            return frozenset()
    return frozenset(ProvenDown(*row) for row in rows)


def _here(session: Session) -> dict[str, object]:
    """What a roundtrip is valid for. A database that was renamed or restored has the rows, but is another one.

    If the role may not read the cluster's identifier, name and oid are used. The texts are compared in any case.
    """
    identity = read_identity(session)
    return {"database": identity.database, "oid": identity.oid, "system": identity.system, "major": session.major}
