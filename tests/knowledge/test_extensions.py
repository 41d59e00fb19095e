"""The extensions that are said to come with PostgreSQL are those that its servers offer."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.knowledge.extensions import OWN, UNTRUSTED


@pytest.mark.majors(14, 18)
def test_what_a_plain_server_offers_is_known(database: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT name FROM pg_catalog.pg_available_extensions").fetchall()
    found = {name for (name,) in rows}
    assert "pg_trgm" in found
    assert found <= OWN | UNTRUSTED
