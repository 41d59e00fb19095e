"""A database that ends idle sessions within a millisecond does not end ours before its first question."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from rowkeep.database.connection.session import connect


@pytest.mark.majors(14, 18)
def test_a_limit_that_ends_before_the_first_question(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET idle_session_timeout = 1").format(name))
    for given in ({}, {"options": "-c work_mem=12345"}):
        with connect(database, **given) as session:
            shown = [
                session.connection.execute(f"SHOW {each}").fetchone() for each in ("idle_session_timeout", "work_mem")
            ]
            assert shown[0] == ("0",)
            assert not given or shown[1] == ("12345kB",)
