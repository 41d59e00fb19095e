"""Finds, downloads and runs PostgreSQL programs (pg_dump, pg_restore, psql, initdb …) of the right major.

`obtain_programs` is the entry point; `find_programs` lists what the system has; `run_program` runs one. Windows is not
supported. A name is imported when it is first used: most commands run no program.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rowkeep.domain.deploy.program import Programs, Version
    from rowkeep.programs.execute import ProgramResult, run_program
    from rowkeep.programs.fetch import describe_pinned
    from rowkeep.programs.find import find_programs
    from rowkeep.programs.obtain import obtain_programs

__all__ = [
    "ProgramResult",
    "Programs",
    "Version",
    "describe_pinned",
    "find_programs",
    "obtain_programs",
    "run_program",
]

_MODULES = {
    "ProgramResult": "rowkeep.programs.execute",
    "Programs": "rowkeep.domain.deploy.program",
    "Version": "rowkeep.domain.deploy.program",
    "describe_pinned": "rowkeep.programs.fetch",
    "find_programs": "rowkeep.programs.find",
    "obtain_programs": "rowkeep.programs.obtain",
    "run_program": "rowkeep.programs.execute",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
