"""Compare the structure of a database with what it should be, and look at states that no structure shows."""

from __future__ import annotations

from rowkeep import structure
from rowkeep.database.catalog import fingerprint, health
from rowkeep.database.connection.session import connect
from rowkeep.database.store import expected_structure
from rowkeep.domain.deploy.verification import Verification
from rowkeep.domain.schema.structure import ExpectedStructure


def verify_structure(
    conninfo: str,
    *,
    expected: ExpectedStructure | None = None,
    accept: str | None = None,
    always_read: bool = False,
) -> Verification:
    """Compare the present structure with `expected` (default: what the last deploy recorded in the database).

    accept: a reason to record the present structure as the expected one; nothing is compared then. always_read: read
    the structure even where there is nothing to compare it with; that takes time where there are many tables.
    """
    with connect(conninfo, application="rowkeep verify") as session:
        expected = expected or expected_structure.load_expected(session)
        read = expected is not None or always_read or accept is not None
        present = fingerprint.read_structure(session) if read else None
        concerns = health.find_health_concerns(session)
        differences = (
            structure.compare_structures(expected.structure, present)
            if expected is not None and present is not None and accept is None
            else ()
        )
        if accept is not None and present is not None:
            expected_structure.save_expected(session, present, f"accepted: {accept}")
    return Verification(expected, present, tuple(differences), tuple(concerns))
