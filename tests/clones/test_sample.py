"""Rehearsals on a sample of the rows, or on none: foreign keys stay whole, and nothing counts as proven."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.support.project import Project

SCHEMA = Path(__file__).with_name("sample.sql")
SAMPLE = ("rehearse", "--data", "sample", "--sample-rows", "10", "--because", "a test", "--accept-loss")


@pytest.fixture
def shop(project: Project) -> Project:
    with psycopg.connect(project.conninfo, autocommit=True) as session:
        for statement in SCHEMA.read_text().split(";\n"):
            if statement.strip():
                session.execute(statement.encode())
        session.execute(f"ALTER DATABASE {project.name} SET DateStyle = 'SQL, DMY'".encode())
    project.write("1_first", "CREATE TABLE first (id int)", "DROP TABLE first")
    assert project.rowkeep("up").returncode == 0
    return project


@pytest.mark.majors(14, 18)
def test_a_sample_has_every_row_that_its_rows_reference(shop: Project) -> None:
    """The copy adds the foreign keys after the rows, so it proves itself that nothing is missing."""
    # What the migration does is counted on the sample: ten people and whom they reference, not 2,000.
    shop.write("2_second", "UPDATE people SET country = NULL", "SELECT 1")
    finished = shop.rowkeep(*SAMPLE, "public.people.country")
    assert finished.returncode == 0, finished.stderr
    assert "Rehearsed on a sample, 10 rows of each table and what they reference" in finished.stdout
    assert "what happens to the other rows is not known; `deploy` rehearses on all of them" in finished.stdout
    assert "touched  public.people:" in finished.stdout
    assert "Backup" not in finished.stdout
    assert not (shop.root / "backups").exists()

    answer = shop.json(*SAMPLE, "public.people.country")
    rehearsal = answer["result"]["rehearsal"]
    assert rehearsal["golden_copy"]["data"] == "sample"
    assert rehearsal["golden_copy"]["sample_rows"] == 10
    assert answer["result"]["backup"] is None
    # Ten rows of each of eight tables, the chain of bosses above any of them (at most 2,000), history and ledger.
    (people,) = (table["updated"] for table in rehearsal["touched"] if table["table"] == "public.people")
    assert 10 <= people <= 2000
    assert 80 <= rehearsal["rows"] < 4500


@pytest.mark.majors(18)
def test_a_rehearsal_without_rows(shop: Project) -> None:
    shop.write("2_second", "INSERT INTO a VALUES (301, 1); DELETE FROM a WHERE id = 301; INSERT INTO b VALUES (0, 1)")
    refused = shop.rowkeep("rehearse", "--data", "schema")
    assert refused.returncode == 5  # a has no row 1 there
    assert "violates foreign key constraint" in refused.stderr
    shop.write("2_second", "ALTER TABLE people ADD COLUMN email text", "ALTER TABLE people DROP COLUMN email")
    finished = shop.rowkeep("rehearse", "--data", "schema", "--roundtrip")
    assert finished.returncode == 0, finished.stderr
    assert "Rehearsed on the structure, without rows" in finished.stdout
    assert shop.names() == ["1_first"]
    # A roundtrip on no rows proves nothing about rows, so `down` in production asks for a real one.
    assert shop.rowkeep("up").returncode == 0
    down = shop.rowkeep("down", "--confirm", shop.name)
    assert down.returncode == 1
    assert "rehearse --down" in down.stderr

    assert shop.rowkeep("rehearse", "--down", "--data", "sample").returncode == 2
    assert shop.rowkeep("rehearse", "--data", "some").returncode == 2
    assert list(Path(shop.root).glob("backups/*.dump")) == []
