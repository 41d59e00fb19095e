"""The catalogs that are known are those that servers have."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.domain.operation import Name
from rowkeep.knowledge.catalogs import RELATIONS, is_catalog


@pytest.mark.majors(14, 16, 18)
def test_every_catalog_is_known(database: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_catalog.pg_class"
            " WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')"
        ).fetchall()
    found = {name for (name,) in rows}
    assert found <= RELATIONS, sorted(found - RELATIONS)


def test_what_is_a_catalog() -> None:
    assert is_catalog(Name("pg_class"))
    assert is_catalog(Name("anything", "information_schema"))
    assert not is_catalog(Name("pg_class", "mine"))
    assert not is_catalog(Name("pg_search_documents"))
