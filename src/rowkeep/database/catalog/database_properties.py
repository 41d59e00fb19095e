"""Give a copy what a dump leaves behind: roles, and the owner, grants and settings of the database itself."""

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
"""Settings whose value is a list of names, each quoted for itself (GUC_LIST_QUOTE in PostgreSQL's source)."""


def apply_properties(session: Session, name: str, properties: DatabaseProperties) -> tuple[str, ...]:
    """Give the database its owner, grants, settings, limit and comment; what could not be given, in words."""
    database = sql.Identifier(name)
    wanted: list[tuple[str, sql.Composed]] = [
        (
            f"the owner {properties.owner}",
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, sql.Identifier(properties.owner)),
        )
    ]
    if properties.grants is not None:
        wanted.append(("the grants", sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database)))
        for grant in properties.grants:
            grantee = sql.Identifier(grant.grantee) if grant.grantee else sql.SQL("PUBLIC")
            option = sql.SQL(" WITH GRANT OPTION" if grant.grantable else "")
            privilege = sql.SQL("TEMPORARY" if grant.privilege == "TEMP" else grant.privilege)
            wanted.append(
                (
                    f"the grant to {grant.grantee or 'PUBLIC'}",
                    sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(privilege, database, grantee, option),
                )
            )
    for setting in properties.settings:
        whose = (
            sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(setting.role), database)
            if setting.role
            else sql.SQL("DATABASE {}").format(database)
        )
        wanted.append((f"the setting {setting.name}", _setting(whose, setting.name, setting.value)))
    if properties.connection_limit >= 0:
        limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(
            database, sql.Literal(properties.connection_limit)
        )
        wanted.append(("the connection limit", limit))
    if properties.comment:
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(properties.comment))
        wanted.append(("the comment", comment))
    return _try_statement(session, wanted)


def find_missing_roles(session: Session, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """Those roles that the backup needs and the server does not have."""
    present = {row[0] for row in session.ask("databases.roles")}
    return tuple(role.name for role in roles if role.needed and role.name not in present)


def create_roles(session: Session, roles: tuple[SavedRole, ...], *, whole: bool) -> tuple[str, ...]:
    """Create the roles that are missing; what could not be done, in words.

    whole: all of them with every attribute and membership, for a throw-away server; otherwise only those that are
    needed, as names without login and without any right of their own.
    """
    present = {row[0] for row in session.ask("databases.roles")}
    absent = [role for role in roles if role.name not in present and (whole or role.needed)]
    wanted: list[tuple[str, sql.Composed]] = []
    for role in absent:
        attributes = sql.SQL(" ".join(role.attributes) if whole else "NOLOGIN")
        wanted.append(
            (f"the role {role.name}", sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role.name), attributes))
        )
    if whole:
        for role in roles:
            for parent, options in role.member_of:
                grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(parent), sql.Identifier(role.name))
                given = sql.SQL(" WITH ") + sql.SQL(options) if options else sql.SQL("")
                wanted.append((f"the membership of {role.name} in {parent}", grant + given))
    return _try_statement(session, wanted)


def set_roles(session: Session, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """Give the roles of a throw-away server their settings; what could not be set, in words."""
    wanted: list[tuple[str, sql.Composed]] = []
    for role in roles:
        whose = sql.SQL("ROLE {}").format(sql.Identifier(role.name))
        for name, value in role.settings:
            wanted.append((f"the setting {name} of the role {role.name}", _setting(whose, name, value)))
    return _try_statement(session, wanted)


def _setting(whose: sql.Composable, name: str, value: str) -> sql.Composed:
    given = sql.SQL(", ").join(
        sql.Literal(one) for one in (parse_name_list(value) if name.lower() in LISTS else (value,))
    )
    dotted = sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))
    return sql.SQL("ALTER {} SET {} TO {}").format(whose, dotted, given)


def parse_name_list(value: str) -> tuple[str, ...]:
    """The names of a list as PostgreSQL stores it: `"$user", public` is `$user` and `public`."""
    found = re.findall(r'"((?:[^"]|"")*)"|([^\s,"]+)', value)
    return tuple(quoted.replace('""', '"') if quoted or not bare else bare for quoted, bare in found) or ("",)


def _try_statement(session: Session, wanted: list[tuple[str, sql.Composed]]) -> tuple[str, ...]:
    refused = []
    for what, statement in wanted:
        try:
            session.connection.execute(statement)
        except psycopg.Error as error:
            refused.append(f"{what} could not be restored: {(error.diag.message_primary or str(error)).strip()}")
    return tuple(refused)
