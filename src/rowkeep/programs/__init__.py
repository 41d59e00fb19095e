"""Finds, downloads and runs PostgreSQL programs (pg_dump, pg_restore, psql, initdb …) of the right major.

`obtain_programs` is the entry point; `find_programs` lists what the system has; `run_program` runs one. Windows is not
supported.
"""

from __future__ import annotations

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
