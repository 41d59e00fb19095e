"""Differences in words."""

from __future__ import annotations

from rowkeep.domain.structure import Change, Difference
from rowkeep.report.differences import differences_data, differences_text


def test_none() -> None:
    assert differences_text(()) == "no differences"


def test_grouped_folded_and_line_by_line() -> None:
    differences = (
        Difference(
            Change.DIFFERENT, "column", "app.orders.total", "numeric(10,2)\nnot null", "numeric(12,2)\nnot null"
        ),
        Difference(Change.MISSING, "column", 'app."odd.table".id', "integer", None),
        Difference(Change.MISSING, "column order", 'app."odd.table"', "id", None),
        Difference(
            Change.MISSING, "index", "app.odd_id", 'CREATE INDEX odd_id ON app."odd.table" USING btree (id)', None
        ),
        Difference(Change.MISSING, "table", 'app."odd.table"', "owner x", None),
        Difference(Change.MISSING, "table grant", 'app."odd.table"', "the owner: SELECT", None),
        Difference(Change.UNEXPECTED, "column", "app.orders.note", None, "text\nnot null"),
    )
    assert differences_text(differences) == (
        "7 differences: 5 missing, 1 unexpected, 1 different\n"
        "\n"
        "missing: expected, but not in the database\n"
        '  table app."odd.table" (with 1 column, 1 index)\n'
        "\n"
        "unexpected: in the database, but not expected\n"
        "  column app.orders.note\n"
        "      text\n"
        "      not null\n"
        "\n"
        "different (- expected, + found)\n"
        "  column app.orders.total\n"
        "      - numeric(10,2)\n"
        "      + numeric(12,2)"
    )
    assert differences_data(differences)[0] == {
        "change": "different",
        "kind": "column",
        "identity": "app.orders.total",
        "expected": "numeric(10,2)\nnot null",
        "found": "numeric(12,2)\nnot null",
    }
