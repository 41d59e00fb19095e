"""What a CHECK says about its columns, as comparisons."""

import pytest

from rowkeep.domain.operation import AddConstraint, Comparison
from rowkeep.files import read_text
from rowkeep.parse import parse_section


def check(words: str) -> tuple[tuple[Comparison, ...], tuple[Comparison, ...]]:
    migration = read_text("1_x.sql", f"ALTER TABLE t ADD CHECK ({words});", "node-pg-migrate")
    (operation,) = parse_section(migration.up).statements[0].operations
    assert isinstance(operation, AddConstraint)
    assert operation.constraint.expression is not None
    return operation.constraint.expression.compares, operation.constraint.expression.either


@pytest.mark.parametrize(
    ("words", "compares"),
    [
        ("d >= date '2027-01-01' AND d < '2028-01-01'::date", [("d", ">=", "2027-01-01"), ("d", "<", "2028-01-01")]),
        ("5 < n", [("n", ">", "5")]),
        ("n BETWEEN 1 AND 9", [("n", ">=", "1"), ("n", "<=", "9")]),
        ("k IN ('a', 'b') AND k IS NOT NULL", [("k", "in", "a", "b")]),
        ("k = ANY (ARRAY['a', 'b'])", [("k", "in", "a", "b")]),
        ("k = ANY ('{a,b}')", []),
        ("n = -1", [("n", "=", "-1")]),
        ("n < m", []),
        ("n < 5 OR m < 5", []),
        ("n::text < 'a'", []),
        ("abs(n) < 5", []),
        ("k NOT IN ('a')", []),
    ],
)
def test_and_joins_comparisons(words: str, compares: list[tuple[str, ...]]) -> None:
    assert check(words)[0] == tuple(Comparison(column, sign, tuple(values)) for column, sign, *values in compares)


@pytest.mark.parametrize(
    ("words", "either"),
    [
        ("d < 1 OR d >= 5", [("d", "<", "1"), ("d", ">=", "5")]),
        ("d IS NULL OR d < 1 OR 5 <= d", [("d", "<", "1"), ("d", ">=", "5")]),
        ("NOT (d >= 1 AND d < 5)", [("d", "<", "1"), ("d", ">=", "5")]),
        ("NOT (d IS NOT NULL AND d >= 1 AND d < 5)", [("d", "<", "1"), ("d", ">=", "5")]),
        ("d < 1 OR odd(d)", []),
        ("NOT (d = 1)", []),
        ("d < 1", []),
    ],
)
def test_or_joins_comparisons(words: str, either: list[tuple[str, ...]]) -> None:
    assert check(words)[1] == tuple(Comparison(column, sign, tuple(values)) for column, sign, *values in either)
