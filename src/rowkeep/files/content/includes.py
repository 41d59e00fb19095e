r"""Files that psql's `\i` and `\ir` bring into a migration, read for the judge: the runner never follows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from pathlib import Path

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.migration import Directory, Include, Migration
from rowkeep.domain.source import Source
from rowkeep.files.filesystem.listing import decode_text
from rowkeep.files.filesystem.regular import read_regular

LARGEST = 20_000_000
"""Bytes from which on an included file is no SQL that a person wrote."""

DEEPEST = 20
"""Includes within includes."""

MOST = 500
"""Files that one migration may bring in."""

_COMMAND = re.compile(r"\\(?P<word>include_relative|include|ir|i)[ \t]+(?P<rest>[^\r\n]*)")
_QUOTED = re.compile(r"'(?P<name>(?:[^'\\]|''|\\.)*)'[ \t]*;*[ \t]*$")


def read_includes(directory: Directory) -> Directory:
    """The directory with what its migrations include."""
    migrations = tuple(include_files(migration) for migration in directory.migrations)
    paths = {Path(each).resolve() for migration in migrations for each in _paths(migration.includes)}
    if not any(migration.includes for migration in migrations):
        return directory
    # A file that a migration names is no stranger in its directory.
    remarks = tuple(remark for remark in directory.remarks if Path(remark.source.path).resolve() not in paths)
    return replace(directory, migrations=migrations, remarks=remarks)


def _paths(includes: Iterable[Include]) -> Iterator[str]:
    for include in includes:
        if include.source is not None:
            yield include.source.path
            yield from _paths(include.includes)


def include_files(migration: Migration) -> Migration:
    r"""The migration with what it includes: `\ir` starts from its own file, `\i` from the working directory."""
    sources = dict.fromkeys(part.source for part in (migration.up, migration.down) if part is not None)
    found = tuple(
        each for source in sources if "\\i" in source.text for each in _IncludeReader(_project(source.path)).of(source)
    )
    return replace(migration, includes=found) if found else migration


def _project(path: str) -> Path:
    """What may be read: the working directory, or for files elsewhere the directory above theirs."""
    here, home = Path.cwd().resolve(), Path(path).resolve().parent
    return here if home.is_relative_to(here) else home.parent


@dataclass(frozen=True, slots=True)
class _IncludeReader:
    project: Path
    above: tuple[Path, ...] = ()
    read: list[Path] = field(default_factory=list)
    """Every file so far, each time it was read."""

    def of(self, source: Source) -> Iterator[Include]:
        """Everything in the text that may be such a command; the parser knows which of them is one."""
        here = Path(source.path).resolve()
        for match in _COMMAND.finditer(source.text):
            relative = match["word"] in ("ir", "include_relative")
            name = _name(match["rest"])
            if name is None:
                yield Include(source, match.start(), None, "its name is only known to psql")
            else:
                yield self._read(source, match.start(), (here.parent if relative else Path.cwd()) / name, here)

    def _read(self, source: Source, at: int, path: Path, here: Path) -> Include:
        try:
            whole = path.resolve()
        except RuntimeError:
            return Include(source, at, None, f"{path.name} is a symbolic link in a circle")
        if not whole.is_relative_to(self.project):
            return Include(source, at, None, f"{path.name} lies outside of the project")
        if whole in (*self.above, here):
            return Include(source, at, None, f"{path.name} includes itself, here or on the way")
        if len(self.above) >= DEEPEST or len(self.read) >= MOST:
            return Include(source, at, None, f"more than {DEEPEST} files within each other, or {MOST} in all")
        self.read.append(whole)
        try:
            entry = decode_text(
                _display_path(whole), whole.name, read_regular(whole, within=self.project, largest=LARGEST)
            )
        except OSError as error:
            return Include(source, at, None, f"{path.name} cannot be read: {error.strerror}")
        if any(remark.fatal for remark in entry.remarks):
            return Include(source, at, None, f"{path.name}: {entry.remarks[0].message}")
        inner = tuple(replace(self, above=(*self.above, here)).of(entry.source))
        return Include(source, at, entry.source, "", inner)


def _name(rest: str) -> str | None:
    """The file that is named; None where variables or a program say it."""
    quoted = _QUOTED.match(rest)
    if quoted is not None:
        return re.sub(r"\\(.)|''", lambda match: match[1] or "'", quoted["name"])
    word = rest.strip().rstrip(";").strip()
    odd = not word or word.startswith("~") or any(sign in word for sign in " \t:`'\"\\|")
    return None if odd else word


def _display_path(path: Path) -> str:
    """A path as people write it: from the working directory where the file lies in it."""
    here = Path.cwd().resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path.as_posix()
