"""Writes the files of `init`: the configuration file, the directory, `.gitignore`, scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.filesystem.regular import LARGEST_SETTINGS, read_regular
from rowkeep.files.filesystem.write import write_new, write_over
from rowkeep.files.project import node_pg_migrate_settings
from rowkeep.files.project.node_pg_migrate_settings import OldSetting
from rowkeep.files.project.package_json import NotPackage, read_scripts, set_scripts_text
from rowkeep.files.project.settings import FILE

PACKAGE = "package.json"
OLD_CONFIG = "config/default.json"
USUAL = (
    "migrations",
    "db/migrations",
    "database/migrations",
    "supabase/migrations",
    "prisma/migrations",
    "drizzle",
    "sql/migrations",
    "src/migrations",
    "src/db/migrations",
)
"""Where projects keep their migrations; the first is the default."""

HEAD = """\
# Rowkeep settings; `rowkeep config` shows all of them. Put the database URL into the environment (DATABASE_URL) or
# into .env, not into this file.

"""


def read_package_scripts() -> dict[str, str] | None:
    """The scripts of package.json; None where there is no such file. Raises Misused where it cannot be read."""
    text = _text(PACKAGE)
    if text is None:
        return None
    try:
        return read_scripts(text)
    except NotPackage as error:
        raise Misused(
            "cannot parse package.json", code=ErrorCode.PACKAGE_JSON_INVALID, where=PACKAGE, why=str(error)
        ) from None


def set_scripts(wanted: Mapping[str, str]) -> None:
    """Write scripts into package.json; everything else of the file stays as it is."""
    text = _text(PACKAGE)
    if text is None or not wanted:
        return
    try:
        write_over(PACKAGE, set_scripts_text(text, wanted).encode())
    except NotPackage as error:
        raise Misused(
            "cannot change package.json safely", code=ErrorCode.PACKAGE_JSON_INVALID, where=PACKAGE, why=str(error)
        ) from None


def read_old_tool(present: Mapping[str, str] | None) -> tuple[OldSetting, ...]:
    """node-pg-migrate's settings by key. Its configuration file overrides its flags, as in node-pg-migrate."""
    text = _text(OLD_CONFIG)
    said = (
        *(node_pg_migrate_settings.read_from_config(OLD_CONFIG, text) if text else ()),
        *node_pg_migrate_settings.read_from_scripts(present or {}),
    )
    found: dict[str, OldSetting] = {}
    for setting in said:
        found.setdefault(setting.key, setting)
    return tuple(found.values())


def find_directories() -> tuple[str, ...]:
    """The usual migrations directories that exist and are not empty."""
    return tuple(place for place in USUAL if Path(place).is_dir() and any(Path(place).iterdir()))


def format_settings(values: Sequence[OldSetting]) -> str:
    """The text of a rowkeep.toml with these values."""
    # Strings, integers, booleans and lists are written in TOML as in JSON.
    lines = [f"{value.key} = {json.dumps(value.value, ensure_ascii=False)}  # {value.origin}\n" for value in values]
    return HEAD + "".join(lines)


def write_settings(values: Sequence[OldSetting]) -> bool:
    """Write rowkeep.toml with these values; False where it exists."""
    return write_new(FILE, format_settings(values).encode())


def add_to_gitignore(wanted: Iterable[str]) -> tuple[str, ...]:
    """Add lines to .gitignore where the project lies in a git repository; the lines that were added."""
    here = Path.cwd()
    if not any((directory / ".git").exists() for directory in (here, *here.parents)):
        return ()
    text = _text(".gitignore")
    present = {line.strip().strip("/") for line in (text or "").splitlines()}
    missing = tuple(line for line in wanted if line.strip("/") not in present)
    if not missing:
        return ()
    newline = "\r\n" if text and "\r\n" in text else "\n"
    start = text + newline if text and not text.endswith("\n") else text or ""
    whole = (start + "".join(line + newline for line in missing)).encode()
    if text is None:
        write_new(".gitignore", whole)
    else:
        write_over(".gitignore", whole)
    return missing


def _text(path: str) -> str | None:
    try:
        return read_regular(Path(path), largest=LARGEST_SETTINGS).decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Misused("cannot read the file", code=ErrorCode.FILE_NOT_READABLE, where=path, why=why) from None
