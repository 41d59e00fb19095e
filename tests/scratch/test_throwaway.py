"""Throw-away servers start, serve and vanish, on every major."""

from pathlib import Path

import psycopg
import pytest

from rowkeep.scratch import Server

pytestmark = pytest.mark.server


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_a_database_of_the_asked_major(server: Server, database: str) -> None:
    with psycopg.connect(database) as connection:
        assert connection.info.server_version // 10000 == server.major
        rows = connection.execute("SELECT current_setting('listen_addresses'), current_setting('fsync')").fetchall()
    assert rows == [("", "off")]
    assert Path(server.socket).stat().st_mode & 0o077 == 0
