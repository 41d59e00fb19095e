r"""Files that a migration includes with psql's `\i` and `\ir`. Only lint reads them; the runner never does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.migration import Directory, Include, Migration
from rowkeep.domain.source import Source
from rowkeep.files.filesystem.listing import decode_text
from rowkeep.files.filesystem.regular import read_regular, real_path

LARGEST = 20_000_000
"""Maximum size of an included file, in bytes."""

DEEPEST = 20
"""Maximum depth of includes."""

MOST = 500
"""Maximum number of files that one migration may include."""

_COMMAND = compile_later(r"\\(?P<word>include_relative|include|ir|i)[ \t]+(?P<rest>[^\r\n]*)")
_QUOTED = compile_later(r"'(?P<name>(?:[^'\\]|''|\\.)*)'[ \t]*;*[ \t]*$")


def read_includes(directory: Directory) -> Directory:
    """The directory with the includes of its migrations."""
    migrations = tuple(include_files(migration) for migration in directory.migrations)
    paths = {real_path(Path(each)) for migration in migrations for each in _paths(migration.includes)}
    if not any(migration.includes for migration in migrations):
        return directory
    # An included file is not an unknown file of its directory.
    remarks = tuple(remark for remark in directory.remarks if real_path(Path(remark.source.path)) not in paths)
    return replace(directory, migrations=migrations, remarks=remarks)


def _paths(includes: Iterable[Include]) -> Iterator[str]:
    for include in includes:
        if include.source is not None:
            yield include.source.path
            yield from _paths(include.includes)


def include_files(migration: Migration) -> Migration:
    r"""The migration with its includes. `\ir` is relative to its file, `\i` to the working directory."""
    sources = dict.fromkeys(part.source for part in (migration.up, migration.down) if part is not None)
    found = tuple(
        each for source in sources if "\\i" in source.text for each in _IncludeReader(_project(source.path)).of(source)
    )
    return replace(migration, includes=found) if found else migration


def _project(path: str) -> Path:
    """The directory that may be read: the working directory, or for other files the parent of theirs."""
    here, home = real_path(Path.cwd()), real_path(Path(path)).parent
    return here if home.is_relative_to(here) else home.parent


@dataclass(frozen=True, slots=True)
class _IncludeReader:
    project: Path
    above: tuple[Path, ...] = ()
    read: list[Path] = field(default_factory=list)
    """All includes so far."""

    def of(self, source: Source) -> Iterator[Include]:
        """All possible include commands in the text. The parser knows which of them are real."""
        here = real_path(Path(source.path))
        for match in _COMMAND.finditer(source.text):
            relative = match["word"] in ("ir", "include_relative")
            name = _name(match["rest"])
            if name is None:
                yield Include(source, match.start(), None, "only psql knows its name")
            else:
                yield self._read(source, match.start(), (here.parent if relative else Path.cwd()) / name, here)

    def _read(self, source: Source, at: int, path: Path, here: Path) -> Include:
        try:
            whole = real_path(path)
        except RuntimeError:
            return Include(source, at, None, f"{path.name} is a circular symbolic link")
        if not whole.is_relative_to(self.project):
            return Include(source, at, None, f"{path.name} is outside the project")
        if whole in (*self.above, here):
            return Include(source, at, None, f"{path.name} includes itself, directly or indirectly")
        if len(self.above) >= DEEPEST or len(self.read) >= MOST:
            return Include(
                source, at, None, f"includes are nested more than {DEEPEST} deep, or there are more than {MOST}"
            )
        self.read.append(whole)
        try:
            entry = decode_text(
                _display_path(whole), whole.name, read_regular(whole, within=self.project, largest=LARGEST)
            )
        except OSError as error:
            return Include(source, at, None, f"cannot read {path.name}: {error.strerror}")
        if any(remark.fatal for remark in entry.remarks):
            return Include(source, at, None, f"{path.name}: {entry.remarks[0].message}")
        inner = tuple(replace(self, above=(*self.above, here)).of(entry.source))
        return Include(source, at, entry.source, "", inner)


def _name(rest: str) -> str | None:
    """The named file; None if variables or a program determine it."""
    quoted = _QUOTED.match(rest)
    if quoted is not None:
        return re.sub(r"\\(.)|''", lambda match: match[1] or "'", quoted["name"])
    word = rest.strip().rstrip(";").strip()
    odd = not word or word.startswith("~") or any(sign in word for sign in " \t:`'\"\\|")
    return None if odd else word


def _display_path(path: Path) -> str:
    """A path relative to the working directory, if the file is inside it."""
    here = real_path(Path.cwd())
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()
