"""The settings of an existing project for a new rowkeep.toml."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from rowkeep.config import Settings, resolve_settings
from rowkeep.config.document import parse_toml
from rowkeep.config.settings import TABLE
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.project.init_files import USUAL, format_settings
from rowkeep.files.project.node_pg_migrate_settings import OldSetting
from rowkeep.files.project.settings import FILE

DIRECTORY = "migrations-dir"


def read_old_settings(settings: Settings, old: Sequence[OldSetting], places: Sequence[str]) -> tuple[OldSetting, ...]:
    """The old tool's settings, and the directory: the one that was given, the old tool's, or the only one there is.

    places: the usual directories that hold something. Raises Misused where there are several and none is named.
    """
    found = {value.key: value for value in old}
    origin = settings.origins["migrations_dir"]
    if origin != "default":
        found[DIRECTORY] = OldSetting(DIRECTORY, settings.migrations_dir, origin)
    elif DIRECTORY not in found and places and USUAL[0] not in places and settings.config_file is None:
        if len(places) > 1:
            raise Misused(
                "there is more than one migrations directory",
                code=ErrorCode.MIGRATIONS_DIRECTORY_AMBIGUOUS,
                where=", ".join(places),
                instead=tuple(f"rowkeep init --migrations-dir {place}" for place in places),
            )
        found[DIRECTORY] = OldSetting(DIRECTORY, places[0], "found here")
    found.setdefault(DIRECTORY, OldSetting(DIRECTORY, USUAL[0], "the default"))
    return tuple(found.values())


def settings_with(settings: Settings, wanted: Sequence[OldSetting]) -> Settings:
    """The settings as they will be after the file is written."""
    if settings.config_file is not None:
        return settings
    made = resolve_settings({}, {}, parse_toml(FILE, format_settings(wanted)))
    new = [row.name for row in TABLE if "default" not in made.origins[row.name]]
    taken = {name: getattr(made, name) for name in new if settings.origins[name] == "default"}
    return dataclasses.replace(settings, **taken)


def find_contradictions(settings: Settings, old: Sequence[OldSetting]) -> Iterator[str]:
    """Differences between the settings of the old tool and the configuration file. Neither is changed."""
    names = {row.key: row.name for row in TABLE}
    for value in old:
        ours = getattr(settings, names[value.key])
        theirs = tuple(value.value) if isinstance(value.value, list) else value.value
        if ours != theirs:
            yield f"{value.key} is {ours!r} in {settings.config_file}, and {theirs!r} in {value.origin}"
