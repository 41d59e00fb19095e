"""Turns the setting `database` into a connection string: a URL, libpq's variables, or the embedded server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rowkeep.config import Settings
from rowkeep.config.address import check_address
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass, field, replace
from rowkeep.errors import Misused

ENOUGH = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT", "PGUSER")
"""Variables that name a database; one is enough. PGPASSWORD or PGSSLMODE alone name none."""


@dataclass(frozen=True, slots=True)
class ChosenDatabase:
    """conninfo: '' if libpq's PG* variables or service file name it. settings: what holds for this database."""

    conninfo: str = field(repr=False)
    settings: Settings


@contextmanager
def choose_database(
    settings: Settings, environ: Mapping[str, str], emit: Emit, *, project: Path | None = None
) -> Iterator[ChosenDatabase]:
    """The configured database. `embedded:…` starts the embedded server for the duration.

    project: the directory that an embedded server belongs to (default: that of the configuration file, or the current
    one). Raises Misused if nothing names a database: libpq's defaults (the local socket, a database with the user's
    name) are never used.
    """
    if settings.database is None:
        # If the configuration names an unset variable, libpq's variables could lead to another database: not used.
        named = settings.origins.get("database_url_var", "default") != "default"
        if named or not any(environ.get(name) for name in ENOUGH):
            raise _no_database(settings)
        yield ChosenDatabase("", settings)
        return
    from rowkeep.scratch.spec import is_embedded

    if not is_embedded(settings.database):
        # Checked by us first: a library's message could repeat the password.
        check_address(settings.database, settings.origins.get("database"))
        yield ChosenDatabase(settings.database, settings)
        return
    from rowkeep.scratch import embedded_server

    if project is None:
        project = Path(settings.config_file).parent if settings.config_file else Path.cwd()
    with embedded_server(
        settings.database, project=project, pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=emit
    ) as server:
        # It serves this project only, so it is not production even without a mark.
        yield ChosenDatabase(server.conninfo(), replace(settings, development_database=server.database))


def _no_database(settings: Settings) -> Misused:
    file = settings.config_file or "rowkeep.toml or pyproject.toml (none was found)"
    places = (
        "the flag --database",
        f"the environment variable {settings.database_url_var} (also in {settings.env_file})",
        f"database in {file}",
        f"libpq's own variables ({', '.join(ENOUGH)})",
    )
    return Misused(
        "no database is named",
        code=ErrorCode.DATABASE_NOT_NAMED,
        why=("looked in this order at:", *places),
        instead=(
            f"export {settings.database_url_var}=postgresql://user@host/database",
            "or, without a server: --database embedded:",
        ),
    )
