"""What would fail later, said now: facts -> checks. One file per family; a family is found by lying in this room."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence

from rowkeep.domain.doctor_facts import DoctorFacts
from rowkeep.domain.health_check import Check


def families() -> tuple[str, ...]:
    """The names of the families, in the order of the report."""
    return tuple(sorted((each.name for each in pkgutil.iter_modules(__path__)), key=_rank))


def examine(facts: DoctorFacts) -> Iterator[tuple[str, Check]]:
    """Every check with its family. What needs a connection is silent without one."""
    for name in families():
        for check in importlib.import_module(f"{__name__}.{name}").checks(facts):
            yield name, check


SHOWN = 3


def format_names(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


# The order in which a person wants to know: can we get there, may we, will it work.
_ORDER = ("connection", "server", "project", "rights", "programs", "space")


def _rank(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
