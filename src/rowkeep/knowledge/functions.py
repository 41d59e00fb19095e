"""The volatility of functions that come with PostgreSQL."""

from __future__ import annotations

from functools import cache

from rowkeep.domain.enumeration import Enum
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
    """The volatility of a function of PostgreSQL or its own extensions; None for other functions.

    The schema does not matter: an extension can be in any schema.
    """
    return _load_volatilities().get(name)
