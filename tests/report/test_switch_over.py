"""The SQL that a restore prints names the databases that it means, whatever their names hold."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.report.backups import _quote_for_copying


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize(
    "name",
    ["a\nb", "a\\nb", 'q"\n', "it's\n", "back\\slash\r\n", "\u202eabc", "x\u200by", "plain", "Large", "é\u2028"],
)
def test_a_name_reads_back_as_itself(database: str, name: str) -> None:
    with psycopg.connect(database) as connection:
        text = f"SELECT 1 AS {_quote_for_copying(name)}"
        assert "\n" not in text and "\u202e" not in text
        column = connection.execute(text.encode()).description
        assert column is not None and column[0].name == name
