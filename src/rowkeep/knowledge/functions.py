"""Functions that come with PostgreSQL, and how steady their results are."""

from __future__ import annotations

from enum import Enum
from functools import cache

from rowkeep.knowledge.toml_tables import load_table


class Volatility(Enum):
    """pg_proc.provolatile (manual, 36.7)."""

    IMMUTABLE = "immutable"
    STABLE = "stable"
    VOLATILE = "volatile"


@cache
def _load_volatilities() -> dict[str, Volatility]:
    kinds = load_table("functions.toml")
    return {name: Volatility(kind) for kind, names in kinds.items() for name in names.split()}


def function_volatility(name: str) -> Volatility | None:
    """How steady a function of PostgreSQL or of one of its own extensions is; None for anybody else's function.

    The schema does not matter: an extension may live anywhere.
    """
    return _load_volatilities().get(name)
