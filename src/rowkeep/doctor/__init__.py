"""Finds problems before they make a run fail: facts -> checks. One module per family; modules are discovered here."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence

from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import Check


def families() -> tuple[str, ...]:
    """The names of the families, in the order of the report."""
    return tuple(sorted((iter_module.name for iter_module in pkgutil.iter_modules(__path__)), key=_rank))


def examine(facts: DoctorFacts) -> Iterator[tuple[str, Check]]:
    """Every check with its family. Checks that need a connection are skipped without one."""
    for name in families():
        for check in importlib.import_module(f"{__name__}.{name}").checks(facts):
            yield name, check


SHOWN = 3


def format_names(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


# The order of interest: can we connect, are we allowed, will it work.
_ORDER = ("connection", "server", "project", "rights", "programs", "space")


def _rank(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
