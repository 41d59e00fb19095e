"""Find, fetch and run PostgreSQL's programs (pg_dump, pg_restore, psql, initdb …) of the right major.

`obtain` is the one door for who needs them, `find` shows what the system has, `run` runs one. Windows is out of scope.
"""

from __future__ import annotations

from rowkeep.domain.program import Programs, Version
from rowkeep.programs.fetch import expected
from rowkeep.programs.find import find
from rowkeep.programs.obtain import obtain
from rowkeep.programs.run import Finished, run

__all__ = ["Finished", "Programs", "Version", "expected", "find", "obtain", "run"]
