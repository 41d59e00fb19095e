"""Plans which npm scripts `init` adds or replaces."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later

SCRIPTS: Mapping[str, str] = {
    "migrate:up": "rowkeep up",
    "migrate:down": "rowkeep down",
    "migrate:create": "rowkeep create",
    "db:backup": "rowkeep backup create",
}

_OURS = compile_later(r"(?<![\w-])(?:rowkeep|node-pg-migrate|pg_dump)(?![\w-])")

_ANOTHER = compile_later(r"(?<![\w-])(?:npm run|yarn(?: run)?|pnpm(?: run)?|bun run)\s+(?P<name>[\w:.-]+)")


class ScriptChange(Enum):
    """What happens to a script."""

    ADDED = "added"
    REPLACED = "replaced"
    SAME = "there already"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class PlannedScript:
    """A script as it is wanted. old: what stands there now, if anything does."""

    name: str
    line: str
    fate: ScriptChange
    old: str | None = None


def plan_scripts(present: Mapping[str, str]) -> tuple[PlannedScript, ...]:
    """What happens to each script: those that call the old tool or pg_dump are replaced, others are kept."""
    return tuple(_plan_script(name, line, present) for name, line in SCRIPTS.items())


def _plan_script(name: str, line: str, present: Mapping[str, str]) -> PlannedScript:
    old = present.get(name)
    if old is None:
        return PlannedScript(name, line, ScriptChange.ADDED)
    if old == line or re.match(r"rowkeep\s", old):
        return PlannedScript(name, old, ScriptChange.SAME, old)
    return PlannedScript(name, line, ScriptChange.REPLACED if _calls_the_old(old, present) else ScriptChange.KEPT, old)


def _calls_the_old(line: str, present: Mapping[str, str]) -> bool:
    """Whether a script runs the old tool, itself or by way of another script (`npm run migrate up`)."""
    other = _ANOTHER.search(line)
    return bool(_OURS.search(line) or (other and _OURS.search(present.get(other["name"], ""))))
