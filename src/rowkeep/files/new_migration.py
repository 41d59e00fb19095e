"""Writes a new migration from the template of safe patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import resources

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.migration import Language
from rowkeep.errors import Misused
from rowkeep.files.filesystem.listing import list_names, read_listing
from rowkeep.files.filesystem.write import make_directory, write_new
from rowkeep.files.layouts.node_pg_migrate import LONGEST_NAME, NAME, language
from rowkeep.files.names import make_prefix, make_slug

TEMPLATES = {Language.SQL: "template.sql", Language.PYTHON: "template.py.txt"}
ENDINGS = {Language.SQL: ".sql", Language.PYTHON: ".py"}


def create_migration_file(
    directory: str,
    words: Sequence[str],
    *,
    now: datetime | None = None,
    layout: str = "auto",
    language: Language = Language.SQL,
) -> str:
    """Write `<directory>/<prefix>_<words-joined>.sql` (or `.py`) from a template of safe patterns, and return its
    path.

    The prefix is the time in milliseconds, or a date of 14 or 17 digits if the last migration has one, so that the new
    migration sorts last. Raises Misused for an invalid name, for a directory in the layout of another tool, and if the
    file cannot be written.
    """
    text = resources.files(__package__).joinpath(TEMPLATES[language]).read_bytes()
    for path in _free_paths(directory, words, now, layout, language):
        if write_new(path, text):
            return path
    raise Misused("could not find a free name for the migration", code=ErrorCode.NO_FREE_NAME, where=directory)


def name_migration_file(directory: str, words: Sequence[str], *, layout: str = "auto") -> str:
    """The path that a new migration in SQL would get. Writes no file. Raises as `create_migration_file`."""
    return next(_free_paths(directory, words, None, layout, Language.SQL))


def _free_paths(
    directory: str, words: Sequence[str], now: datetime | None, layout: str, language: Language
) -> Iterator[str]:
    """Paths of which no other migration has the number, the earliest first."""
    name = make_slug(words)
    present = _existing_names(directory, layout)
    prefix = make_prefix(now or datetime.now(UTC), present)
    for _ in range(1000):
        file = f"{prefix}_{name}{ENDINGS[language]}"
        if len(file) - len(ENDINGS[language]) > LONGEST_NAME or len(file.encode()) > 255:
            raise Misused(
                "the name is too long",
                code=ErrorCode.MIGRATION_NAME_INVALID,
                where=file,
                why=f"the history stores at most {LONGEST_NAME} characters",
            )
        # No two files may have the same number: their order would be arbitrary.
        if not any(other.startswith(f"{prefix}_") for other in present):
            yield f"{directory}/{file}"
        prefix = str(int(prefix) + 1)


def _existing_names(directory: str, layout: str) -> list[str]:
    """The names of the migrations in `directory`, which is created if missing."""
    make_directory(directory)
    if layout == "auto":
        from rowkeep.files.read_migrations import read_migrations

        layout = read_migrations(read_listing(directory)).layout
    if layout not in (NAME, "plain"):
        raise Misused(
            f"this directory has the layout of {layout}",
            code=ErrorCode.LAYOUT_NOT_SUPPORTED,
            where=directory,
            why="Rowkeep reads this layout, but writes new migrations only in the layout of node-pg-migrate",
            instead=("rowkeep create NAME --migrations-dir ANOTHER",),
        )
    return [name for name in list_names(directory) if language(name) is not None]
