"""From the setting `database` to a connection string: a URL, libpq's own variables, or the embedded server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rowkeep.cli.context import CommandContext
from rowkeep.cli.credentials import guard
from rowkeep.config.address import check_address
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused

ENOUGH = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT", "PGUSER")
"""Variables that say which database is meant; one is enough. PGPASSWORD or PGSSLMODE alone say nothing."""


@contextmanager
def connection_string(context: CommandContext) -> Iterator[str]:
    """A connection string for the configured database: '' where libpq's own PG* variables and service file count.

    `embedded:…` starts the embedded server for as long as it is needed. Raises Misused when nothing names a database:
    a default (the local socket, a database of the user's name) is never guessed.
    """
    settings = context.settings
    guard(settings)
    if settings.database is None:
        # A variable that the configuration names and that is unset must not lead to libpq's own: another database.
        named = settings.origins.get("database_url_var", "default") != "default"
        if named or not any(os.environ.get(name) for name in ENOUGH):
            raise _no_database(context)
        yield ""
        return
    from rowkeep.scratch.spec import is_embedded

    if not is_embedded(settings.database):
        # Read by ourselves first: no library's message may repeat what is in it.
        check_address(settings.database, settings.origins.get("database"))
        yield settings.database
        return
    from rowkeep.scratch import embedded_server

    project = Path(settings.config_file).parent if settings.config_file else Path.cwd()
    with embedded_server(
        settings.database,
        project=project,
        pg_bin=settings.pg_bin,
        fetch=settings.fetch_programs,
        emit=context.emit,
    ) as server:
        # It serves this project alone: without a mark it is not taken for production.
        context.settings = replace(settings, development_database=server.database)
        yield server.conninfo()


def _no_database(context: CommandContext) -> Misused:
    settings = context.settings
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
        why="looked at, in this order:\n" + "\n".join(places),
        instead=(
            f"export {settings.database_url_var}=postgresql://user@host/database",
            "or, without a server: --database embedded:",
        ),
    )
