"""The npm scripts of the old tool's users, and what each of them becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

SCRIPTS: Mapping[str, str] = {
    "migrate:up": "rowkeep up",
    "migrate:down": "rowkeep down",
    "migrate:create": "rowkeep create",
    "db:backup": "rowkeep backup create",
}

_OURS = re.compile(r"(?<![\w-])(?:rowkeep|node-pg-migrate|pg_dump)(?![\w-])")


class Fate(Enum):
    """What becomes of one script."""

    ADDED = "added"
    REPLACED = "replaced"
    SAME = "there already"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is wanted. old: what stands there now, if anything does."""

    name: str
    line: str
    fate: Fate
    old: str | None = None


def planned(present: Mapping[str, str]) -> tuple[Script, ...]:
    """What each script becomes: the old tool's and pg_dump's are replaced, anything else of that name is kept."""
    return tuple(_planned(name, line, present.get(name)) for name, line in SCRIPTS.items())


def _planned(name: str, line: str, old: str | None) -> Script:
    if old is None:
        return Script(name, line, Fate.ADDED)
    if old == line or re.match(r"rowkeep\s", old):
        return Script(name, old, Fate.SAME, old)
    return Script(name, line, Fate.REPLACED if _OURS.search(old) else Fate.KEPT, old)
