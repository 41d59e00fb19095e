"""Which CHECK lets ATTACH PARTITION skip its scan (manual, 5.12.2; measured on 14 to 18)."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.operation import UNKNOWN, Bound, Comparison, Expression

_DAY = compile_later(r"\d{4}-\d\d-\d\d")
_MIDNIGHT = compile_later(r"[ T]00:00(:00(\.0+)?)?|(Z|[+-]00(:?00)?)$")


def implies_bound(bound: Bound, checks: Iterable[Expression]) -> bool:
    """Whether one of the valid CHECKs proves that every row is within `bound`, a range or list over one column."""
    return any(_within(bound, check.compares) for check in checks)


def excludes_bound(bound: Bound, checks: Iterable[Expression]) -> bool:
    """Whether one of the valid CHECKs proves that no row is within `bound`: for the DEFAULT partition."""
    return any(_outside(bound, check.either or check.compares[:1]) for check in checks)


def _edges(bound: Bound) -> tuple[str | None, str | None] | None:
    """The limits of a range over one column; MINVALUE in the following columns changes nothing."""
    if not bound.lower or UNKNOWN in (bound.lower[0], bound.upper[0]):
        return None
    if any(value is not None for value in (*bound.lower[1:], *bound.upper[1:])):
        return None
    return bound.lower[0], bound.upper[0]


def _within(bound: Bound, compares: tuple[Comparison, ...]) -> bool:
    for name in dict.fromkeys(each.column for each in compares):
        own = tuple(each for each in compares if each.column == name)
        if bound.values:
            if _is_in_list(bound, own):
                return True
            continue
        edges = _edges(bound)
        if edges is None:
            continue
        low = edges[0] is None or any(_begins(each, edges[0]) for each in own)
        high = edges[1] is None or any(_ends(each, edges[1]) for each in own)
        if low and high:
            return True
    return False


def _begins(one: Comparison, low: str) -> bool:
    """Whether all values that satisfy the comparison are at `low` or higher."""
    if one.operator == "in":
        return all(_at_most(low, value) for value in one.values)
    return one.operator in (">=", ">", "=") and _at_most(low, one.values[0])


def _ends(one: Comparison, high: str) -> bool:
    """Whether all values that satisfy the comparison are below `high`."""
    if one.operator == "<":
        return _at_most(one.values[0], high)
    if one.operator in ("<=", "=", "in"):
        return all(_at_most(value, high) and not _at_most(high, value) for value in one.values)
    return False


def _is_in_list(bound: Bound, own: tuple[Comparison, ...]) -> bool:
    return any(each.operator in ("=", "in") and set(each.values) <= set(bound.values) for each in own)


def _outside(bound: Bound, either: tuple[Comparison, ...]) -> bool:
    """Whether each of the comparisons, one of which is true, excludes the range."""
    edges = _edges(bound)
    if edges is None or not either or len({each.column for each in either}) != 1:
        return False
    low, high = edges
    for each in either:
        below = each.operator == "<" and low is not None and _at_most(each.values[0], low)
        above = each.operator in (">", ">=") and high is not None and _at_most(high, each.values[0])
        if not (below or above):
            return False
    return True


def _at_most(one: str, other: str) -> bool:
    """Whether `one` is at most `other`, if both are numbers or both begin with a date."""
    if _plain(one) == _plain(other):
        return True
    try:
        return float(one) <= float(other)
    except ValueError:
        pass
    return bool(_DAY.match(one) and _DAY.match(other)) and _plain(one) < _plain(other)


def _plain(value: str) -> str:
    """A literal without midnight and UTC, which are optional."""
    return _MIDNIGHT.sub("", value) if _DAY.match(value) else value
