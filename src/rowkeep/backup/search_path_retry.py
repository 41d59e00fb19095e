"""Restores of databases whose functions need a search_path: which path to try, and the retry itself."""

from __future__ import annotations

from collections.abc import Callable

from rowkeep.backup.pg_restore import BareName
from rowkeep.database.catalog.database_properties import parse_name_list
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, DatabaseProperties, RestoredBackup, SavedRole
from rowkeep.domain.event import Emit, Noted
from rowkeep.knowledge.forms.keywords import quote_name

USUAL = ("$user", "public")
"""PostgreSQL's default."""

SHOWN = 5


def search_path_options(properties: DatabaseProperties | None, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """The schemas in which functions of the original may have found their names, from every search_path set there.

    First that of the database, then those of roles in it, those of roles everywhere, and PostgreSQL's default.
    """
    values: list[str] = []
    if properties is not None:
        settings = [setting for setting in properties.settings if setting.name.lower() == "search_path"]
        values += [setting.value for setting in sorted(settings, key=lambda setting: setting.role is not None)]
    values += [value for role in roles for name, value in role.settings if name.lower() == "search_path"]
    schemas = [name for value in values for name in parse_name_list(value) if name]
    return tuple(dict.fromkeys((*schemas, *USUAL)))


def search_path_advice(backup: Backup) -> str:
    """The warning for a backup whose functions need a search_path."""
    path = ", ".join(
        quote_name(name) for name in search_path_options(backup.properties, backup.roles) if name != "$user"
    )
    functions = backup.bare_functions
    fixes = [f"ALTER FUNCTION {function} SET search_path = {path};" for function in functions[:SHOWN]]
    more = [f"and {len(functions) - SHOWN} more"] if len(functions) > SHOWN else []
    seem = "seems" if len(functions) == 1 else "seem"
    return "\n  ".join(
        (
            f"{count_text(len(functions), 'function')} that a restore calls {seem} to need a search_path,",
            "which pg_restore empties. `rowkeep restore` sets one meanwhile; pg_restore alone fails. To fix it:",
            *fixes,
            *more,
        )
    )


def restore_attempts(backup: Backup) -> tuple[tuple[str, ...] | None, ...]:
    """The search_paths to try, in order. None: that of pg_restore, which finds only pg_catalog."""
    path = search_path_options(backup.properties, backup.roles)
    return (path,) if backup.bare_functions else (None, path)


def format_retry(backup: Backup) -> str:
    """The warning before the second attempt."""
    path = ", ".join(quote_name(name) for name in search_path_options(backup.properties, backup.roles))
    return f"a function needs a search_path: restoring again with {path}"


def restore_with_retry(
    backup: Backup,
    attempt: Callable[[tuple[str, ...] | None], RestoredBackup],
    drop: Callable[[], None],
    emit: Emit,
) -> RestoredBackup:
    """Call `attempt` with each search_path until no function misses a name; `drop` undoes a failed attempt.

    Raises BareName if a function misses a name with the last search_path, too.
    """
    *paths, last = restore_attempts(backup)
    for path in paths:
        try:
            return attempt(path)
        except BareName:
            emit(Noted(format_retry(backup), warning=True))
            drop()
    return attempt(last)


def search_path_remark(path: tuple[str, ...], functions: tuple[object, ...]) -> str:
    """The remark about a search_path that was set during the restore."""
    return (
        f"during the restore, search_path was set to {', '.join(quote_name(name) for name in path)} on "
        f"{count_text(len(functions), 'function')} that had none"
    )
