"""Flags > environment > file > defaults, resolved into one frozen Settings. Reads nothing itself: values come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command may need to know, and where each value came from (`origins`, by field name).

    database: a URL, a libpq connection string, or `embedded:[MAJOR|DIR]`; None means libpq's own PG* variables.
    """

    database: str | None = None
    environment: str | None = None
    migrations_dir: str = "migrations"
    history_schema: str = "public"
    history_table: str = "pgmigrations"
    backups_dir: str = "backups"
    pg_bin: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)


def resolve(
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
) -> Settings:
    """Settle every value: the first of flags, environment, defaults that has one."""
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for name, variable in {
        "database": "DATABASE_URL",
        "environment": "ROWKEEP_ENV",
        "migrations_dir": "ROWKEEP_MIGRATIONS_DIR",
        "backups_dir": "ROWKEEP_BACKUPS_DIR",
        "pg_bin": "ROWKEEP_PG_BIN",
    }.items():
        given = flags.get(name)
        if given is not None:
            values[name], origins[name] = given, f"--{name.replace('_', '-')}"
        elif environ.get(variable):
            values[name], origins[name] = environ[variable], f"environment variable {variable}"
        else:
            origins[name] = "default"
    return Settings(**values, origins=origins)
