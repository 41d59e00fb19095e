"""Functions that come with PostgreSQL, and how steady their results are."""

from __future__ import annotations

from enum import Enum
from functools import cache
from importlib import resources


class Volatility(Enum):
    """pg_proc.provolatile (manual, 36.7)."""

    IMMUTABLE = "immutable"
    STABLE = "stable"
    VOLATILE = "volatile"


@cache
def _known() -> dict[str, Volatility]:
    import tomllib

    table = tomllib.loads((resources.files(__package__) / "functions.toml").read_text(encoding="utf-8"))
    return {name: Volatility(kind) for kind, names in table.items() for name in names.split()}


def volatility(name: str) -> Volatility | None:
    """How steady a function of PostgreSQL or of one of its own extensions is; None for anybody else's function.

    The schema does not matter: an extension may live anywhere.
    """
    return _known().get(name)
