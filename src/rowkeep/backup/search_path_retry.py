"""Functions that look names up by search_path: which path helps them when their database is restored. Pure."""

from __future__ import annotations

from rowkeep.database.catalog.database_properties import parse_name_list
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, DatabaseProperties, SavedRole
from rowkeep.knowledge.forms.keywords import quote_name

USUAL = ("$user", "public")
"""PostgreSQL's default."""

SHOWN = 5


def search_path_options(properties: DatabaseProperties | None, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """Where the functions of the original may have found their names: the schemas of every search_path set there.

    The database's own comes first, then those of roles in it, those of roles everywhere, and PostgreSQL's default.
    """
    values: list[str] = []
    if properties is not None:
        settings = [one for one in properties.settings if one.name.lower() == "search_path"]
        values += [one.value for one in sorted(settings, key=lambda one: one.role is not None)]
    values += [value for role in roles for name, value in role.settings if name.lower() == "search_path"]
    found = [name for value in values for name in parse_name_list(value) if name]
    return tuple(dict.fromkeys((*found, *USUAL)))


def search_path_advice(backup: Backup) -> str:
    """What is said when a backup is taken whose functions look names up by search_path."""
    path = ", ".join(
        quote_name(name) for name in search_path_options(backup.properties, backup.roles) if name != "$user"
    )
    functions = backup.bare_functions
    cures = [f"ALTER FUNCTION {function} SET search_path = {path};" for function in functions[:SHOWN]]
    more = [f"and {len(functions) - SHOWN} more"] if len(functions) > SHOWN else []
    seem = "seems" if len(functions) == 1 else "seem"
    return "\n  ".join(
        (
            f"{count_text(len(functions), 'function')} that a restore calls {seem} to look names up by search_path,",
            "which pg_restore empties. `rowkeep restore` gives them one meanwhile, pg_restore alone fails. The cure:",
            *cures,
            *more,
        )
    )


def restore_attempts(backup: Backup) -> tuple[tuple[str, ...] | None, ...]:
    """The search_paths to try, in order; None: that of pg_restore, which finds nothing but PostgreSQL's own names."""
    path = search_path_options(backup.properties, backup.roles)
    return (path,) if backup.bare_functions else (None, path)


def needs_retry(backup: Backup) -> str:
    """What is told before the second attempt."""
    path = ", ".join(quote_name(name) for name in search_path_options(backup.properties, backup.roles))
    return f"a function looks names up by search_path and found one not: restoring once more with {path}"


def search_path_remark(path: tuple[str, ...], given: tuple[object, ...]) -> str:
    """What was done so that the functions found their names."""
    return (
        f"restored with search_path = {', '.join(quote_name(name) for name in path)} on "
        f"{count_text(len(given), 'function')} that had none, and taken away again"
    )
