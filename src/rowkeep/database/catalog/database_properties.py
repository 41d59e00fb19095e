"""Restores what a dump does not contain: roles, and the owner, grants and settings of the database itself."""

from __future__ import annotations

import re

import psycopg
from psycopg import sql

from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.backup import DatabaseProperties, SavedRole

LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Settings whose value is a list of names, each quoted by itself (GUC_LIST_QUOTE in PostgreSQL's source)."""


def apply_properties(session: Session, name: str, properties: DatabaseProperties) -> tuple[str, ...]:
    """Set owner, grants, settings, limit and comment of the database. Returns what could not be restored, in words."""
    database = sql.Identifier(name)
    statements: list[tuple[str, sql.Composed]] = [
        (
            f"the owner {properties.owner}",
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, sql.Identifier(properties.owner)),
        )
    ]
    if properties.grants is not None:
        statements.append(("the grants", sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)))
        for grant in properties.grants:
            grantee = sql.Identifier(grant.grantee) if grant.grantee else sql.SQL("PUBLIC")
            option = sql.SQL(" WITH GRANT OPTION" if grant.grantable else "")
            privilege = sql.SQL("TEMPORARY" if grant.privilege == "TEMP" else grant.privilege)
            statements.append(
                (
                    f"the grant to {grant.grantee or 'PUBLIC'}",
                    sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(privilege, database, grantee, option),
                )
            )
    for setting in properties.settings:
        target = (
            sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(setting.role), database)
            if setting.role
            else sql.SQL("DATABASE {}").format(database)
        )
        statements.append((f"the setting {setting.name}", _set_command(target, setting.name, setting.value)))
    if properties.connection_limit >= 0:
        limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
            database, sql.Literal(properties.connection_limit)
        )
        statements.append(("the connection limit", limit))
    if properties.comment:
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(properties.comment))
        statements.append(("the comment", comment))
    return _run_statements(session, statements)


def find_missing_roles(session: Session, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """The roles that the backup needs and the server does not have."""
    present = {row[0] for row in session.ask("databases.roles")}
    return tuple(role.name for role in roles if role.needed and role.name not in present)


def create_roles(session: Session, roles: tuple[SavedRole, ...], *, whole: bool) -> tuple[str, ...]:
    """Create the roles that are missing. Returns what could not be done, in words.

    whole: all of them with every attribute and membership, for a throw-away server; otherwise only those that are
    needed, without login and without rights.
    """
    present = {row[0] for row in session.ask("databases.roles")}
    absent = [role for role in roles if role.name not in present and (whole or role.needed)]
    statements: list[tuple[str, sql.Composed]] = []
    for role in absent:
        attributes = sql.SQL(" ".join(role.attributes) if whole else "NOLOGIN")
        statements.append(
            (f"the role {role.name}", sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role.name), attributes))
        )
    if whole:
        for role in roles:
            for parent, options in role.member_of:
                grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(parent), sql.Identifier(role.name))
                option = sql.SQL(" WITH ") + sql.SQL(options) if options else sql.SQL("")
                statements.append((f"the membership of {role.name} in {parent}", grant + option))
    return _run_statements(session, statements)


def set_roles(session: Session, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """Set the settings of roles on a throw-away server. Returns what could not be set, in words."""
    statements: list[tuple[str, sql.Composed]] = []
    for role in roles:
        target = sql.SQL("ROLE {}").format(sql.Identifier(role.name))
        for name, value in role.settings:
            statements.append((f"the setting {name} of the role {role.name}", _set_command(target, name, value)))
    return _run_statements(session, statements)


def _set_command(target: sql.Composable, name: str, value: str) -> sql.Composed:
    values = sql.SQL(", ").join(
        sql.Literal(item) for item in (parse_name_list(value) if name.lower() in LISTS else (value,))
    )
    dotted = sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))
    return sql.SQL("ALTER {} SET {} TO {}").format(target, dotted, values)


def parse_name_list(value: str) -> tuple[str, ...]:
    """The names of a list as PostgreSQL stores it: `"$user", public` is `$user` and `public`."""
    parts = re.findall(r'"((?:[^"]|"")*)"|([^\s,"]+)', value)
    return tuple(quoted.replace('""', '"') if quoted or not bare else bare for quoted, bare in parts) or ("",)


def _run_statements(session: Session, statements: list[tuple[str, sql.Composed]]) -> tuple[str, ...]:
    failed = []
    for what, statement in statements:
        try:
            session.connection.execute(statement)
        except psycopg.Error as error:
            failed.append(f"{what} could not be restored: {(error.diag.message_primary or str(error)).strip()}")
    return tuple(failed)
