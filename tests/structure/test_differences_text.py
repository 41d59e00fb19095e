"""Differences in words."""

from __future__ import annotations

from rowkeep.domain.schema.structure import Difference, DifferenceKind
from rowkeep.report.differences import format_differences, serialize_differences


def test_none() -> None:
    assert format_differences(()) == "no differences"


def test_grouped_folded_and_line_by_line() -> None:
    differences = (
        Difference(
            DifferenceKind.DIFFERENT,
            "column",
            "app.orders.total",
            "numeric(10,2)\nnot null",
            "numeric(12,2)\nnot null",
        ),
        Difference(DifferenceKind.MISSING, "column", 'app."odd.table".id', "integer", None),
        Difference(DifferenceKind.MISSING, "column order", 'app."odd.table"', "id", None),
        Difference(
            DifferenceKind.MISSING,
            "index",
            "app.odd_id",
            'CREATE INDEX odd_id ON app."odd.table" USING btree (id)',
            None,
        ),
        Difference(DifferenceKind.MISSING, "table", 'app."odd.table"', "owner x", None),
        Difference(DifferenceKind.MISSING, "table grant", 'app."odd.table"', "the owner: SELECT", None),
        Difference(DifferenceKind.UNEXPECTED, "column", "app.orders.note", None, "text\nnot null"),
    )
    assert format_differences(differences) == (
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
    assert serialize_differences(differences)[0] == {
        "change": "different",
        "kind": "column",
        "identity": "app.orders.total",
        "expected": "numeric(10,2)\nnot null",
        "found": "numeric(12,2)\nnot null",
    }
