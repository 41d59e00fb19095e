"""Reads the history of another migration tool, and leaves it unchanged."""

from __future__ import annotations

from rowkeep.database.connection.session import Session, run_queries
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.imported import BY_NAME, ForeignHistoryRow, normalize_version
from rowkeep.errors import Misused, Refused

TABLES = {
    "atlas": "atlas_schema_revisions",
    "dbmate": "schema_migrations",
    "diesel": "__diesel_schema_migrations",
    "flyway": "flyway_schema_history",
    "golang-migrate": "schema_migrations",
    "goose": "goose_db_version",
    "prisma": "_prisma_migrations",
    "sqlx": "_sqlx_migrations",
    "supabase": "schema_migrations",
}
"""The name of each tool's history table. There is a query `foreign_history.<tool>` for each."""


def find_foreign_history(session: Session, tool: str, named: str | None) -> tuple[str, str]:
    """Schema and name of the history of `tool`. named: `schema.table` or `table`, as the user wrote it.

    Raises Misused for an unknown tool, Refused if there is no such table, or more than one.
    """
    if tool not in TABLES:
        raise Misused(
            f"the history of {tool} is not read",
            code=ErrorCode.HISTORY_NOT_SUPPORTED,
            instead=("rowkeep mark applied NAME… --because REASON",),
        )
    schema, _, table = (named or TABLES[tool]).rpartition(".")
    with run_queries("the old history could not be looked for"):
        schemas = [row[0] for row in session.ask("foreign_history.find_table", {"table": table})]
    matching = [name for name in schemas if not schema or name == schema]
    if len(matching) == 1:
        return matching[0], table
    commands = tuple(f"rowkeep baseline --imported --table {name}.{table}" for name in matching)
    raise Refused(
        f"there is {'more than one table' if matching else 'no table'} {named or table}: the history of {tool}",
        code=ErrorCode.HISTORY_TABLE_NOT_FOUND,
        where=session.connection.info.dbname,
        instead=commands
        or ("rowkeep up   (if this database is new)", "rowkeep baseline --imported --table SCHEMA.TABLE"),
    )


def read_foreign_history(session: Session, tool: str, table: tuple[str, str]) -> tuple[ForeignHistoryRow, ...]:
    """The migrations that the history has as applied or begun. Raises Failed if its columns are not the tool's."""
    with run_queries(f"the history of {tool} could not be read", ".".join(table)):
        rows = session.ask(f"foreign_history.{tool.replace('-', '_')}", history=table)
    return tuple(ForeignHistoryRow(key if tool in BY_NAME else normalize_version(key), done) for key, done in rows)
