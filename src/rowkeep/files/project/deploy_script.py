"""Replaces `scripts/safe-deploy.sh` of the guide with `rowkeep deploy`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import LARGEST_SETTINGS, read_regular
from rowkeep.files.filesystem.write import write_new, write_over
from rowkeep.files.project.npm_scripts import ScriptChange

PLACE = "scripts/safe-deploy.sh"
MOST = 1_000_000
"""Maximum size of a script, in bytes."""

TEXT = """\
#!/bin/sh
# Written by `rowkeep init`. The script that stood here before is {kept}, beside this one.
cd "$(dirname "$0")/.." || exit 2
exec rowkeep deploy "$@"
"""

_OURS = compile_later(r"(?<![\w-])rowkeep\s+deploy(?![\w-])")


@dataclass(frozen=True, slots=True)
class DeployScript:
    """The existing script. kept: where its copy goes when it is replaced; why: the reason if it is kept."""

    path: str
    fate: ScriptChange
    kept: str = ""
    why: str = ""


def find_deploy_script() -> DeployScript | None:
    """The script of the project, or None."""
    place = Path(PLACE)
    if not place.exists():
        return None
    inside = place.resolve().is_relative_to(Path.cwd().resolve())
    if place.is_symlink() or not place.is_file() or not inside:
        return DeployScript(PLACE, ScriptChange.KEPT, why="it is not a regular file of this project")
    if place.stat().st_size > MOST:
        return DeployScript(PLACE, ScriptChange.KEPT, why=f"it is longer than {MOST:,} bytes")
    if _OURS.search(_without_comments(_read(place).decode("utf-8", "replace"))):
        return DeployScript(PLACE, ScriptChange.SAME)
    names = (f"scripts/safe-deploy.old{number}.sh" for number in ("", *map(str, range(2, 100))))
    free = next((name for name in names if not Path(name).exists() and not Path(name).is_symlink()), None)
    if free is None:
        return DeployScript(PLACE, ScriptChange.KEPT, why="there is no free name for its copy")
    return DeployScript(PLACE, ScriptChange.REPLACED, free)


def replace_deploy_script(script: DeployScript) -> None:
    """Keep a copy of the old script with its mode, and replace it by `rowkeep deploy`. Raises Misused."""
    place, kept = Path(script.path), Path(script.kept)
    old, mode = _read(place), place.stat().st_mode & 0o777
    if not write_new(script.kept, old):
        raise Misused(
            "the old script cannot be backed up",
            code=ErrorCode.FILE_EXISTS,
            where=script.kept,
            why="a file with that name exists",
        )
    try:
        kept.chmod(mode)
        write_over(script.path, TEXT.format(kept=kept.name).encode())
    except OSError as error:
        _give_up(kept)
        raise Misused(
            "the old script cannot be backed up",
            code=ErrorCode.FILE_NOT_WRITTEN,
            where=script.kept,
            why=error.strerror,
        ) from None
    except Misused:
        _give_up(kept)
        raise


def _give_up(kept: Path) -> None:
    with suppress(OSError):
        kept.unlink()


def _read(place: Path) -> bytes:
    try:
        return read_regular(place, largest=LARGEST_SETTINGS)
    except OSError as error:
        raise Misused(
            "cannot read the file", code=ErrorCode.FILE_NOT_READABLE, where=str(place), why=error.strerror
        ) from None


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
