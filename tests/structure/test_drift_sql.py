"""The SQL between two structures: every change by hand is found and named, taken over, and taken back."""

from __future__ import annotations

import os

import psycopg
import pytest
from tests.structure.drift import CHANGES
from tests.structure.test_fingerprint import fill

from rowkeep import structure
from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.witness.dependencies import read_dependencies
from rowkeep.domain.schema.structure import Structure
from rowkeep.structure.migratable import migratable_part
from rowkeep.structure.sql import ObjectGraph, build_graph, plan_changes

MAJORS = (14, 15, 16, 17, 18) if os.environ.get("ROWKEEP_DRIFT") == "all" else (14, 18)
HISTORY = ("public", "pgmigrations")
pytestmark = pytest.mark.server


def read(session: Session) -> tuple[Structure, ObjectGraph]:
    found = fingerprint.read_structure(session)
    return migratable_part(found, history=HISTORY), build_graph(found, read_dependencies(session))


def change(session: Session, old: ObjectGraph, new: ObjectGraph) -> list[str]:
    """Make the change; return its statements."""
    plan = plan_changes(old, new, owner="postgres", major=session.major)
    assert plan.unwritten == ()
    statements = [statement for part in plan.changes for statement in part.statements]
    for statement in statements:
        try:
            session.connection.execute(statement.encode())
        except psycopg.Error as error:
            text = ";\n".join(statements)
            raise AssertionError(f"{error}\n{text}") from None
    return statements


@pytest.mark.majors(*MAJORS)
def test_every_change_by_hand_is_found_adopted_and_undone(database: str) -> None:
    fill(database)
    with connect(database) as session:
        before, old = read(session)
        for case in CHANGES:
            if case.since > session.major:
                continue
            session.connection.execute(case.sql.encode())
            after, new = read(session)
            shown = {f"{item.kind} {item.identity}" for item in structure.compare_structures(before, after)}
            assert shown == case.shows, case.sql
            for start, end, wanted in ((new, old, before), (old, new, after), (new, old, before)):
                statements = change(session, start, end)
                left = structure.compare_structures(
                    wanted, migratable_part(fingerprint.read_structure(session), history=HISTORY)
                )
                assert left == (), (case.sql, statements)
            # Dropped columns come back at the end.
            before, old = read(session)
