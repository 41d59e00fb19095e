"""Make a database, and the roles that it needs: like those that a backup was taken from."""

from __future__ import annotations

import re
from contextlib import suppress

import psycopg
from psycopg import errors as pg
from psycopg import sql

from rowkeep.database.session import Session
from rowkeep.domain.backup import DatabaseProperties, SavedRole
from rowkeep.errors import BackupFailed, Misused

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


def exists(session: Session, name: str) -> bool:
    """Whether the cluster has a database of this name."""
    return bool(session.ask("databases_exists", {"name": name})[0][0])


def create(session: Session, name: str, properties: DatabaseProperties | None, *, exact: bool = True) -> str | None:
    """Create the database from template0, with the encoding and locale of `properties`.

    exact: raise BackupFailed where the server has no such locale; otherwise take UTF-8 and the locale C, and return
    the remark that says so. Raises Misused when the database is there already.
    """
    try:
        session.connection.execute(_create(name, properties, session.major))
    except pg.DuplicateDatabase:
        raise Misused(f"the database {name} exists already", instead=("choose a name that is not taken",)) from None
    except pg.InsufficientPrivilege as error:
        raise BackupFailed(
            f"the role {session.connection.info.user} may not create a database",
            why=str(error).strip(),
            sqlstate=error.sqlstate,
            instead=(f'ALTER ROLE "{session.connection.info.user}" CREATEDB; (as a superuser)',),
        ) from None
    except psycopg.Error as error:
        if exact or properties is None:
            raise BackupFailed(
                f"the database {name} cannot be created",
                why=str(error).strip(),
                sqlstate=error.sqlstate,
                instead=("install the locale that the message names on the server",),
            ) from None
        session.connection.execute(_create(name, None, session.major))
        return f"made with the locale C in place of {properties.locale or properties.collate}: text sorts by bytes"
    return None


def _create(name: str, properties: DatabaseProperties | None, major: int) -> sql.Composed:
    wanted = {"TEMPLATE": "template0", "ENCODING": "UTF8", "LC_COLLATE": "C", "LC_CTYPE": "C"}
    if properties is not None:
        wanted |= {
            "ENCODING": properties.encoding,
            "LC_COLLATE": properties.collate,
            "LC_CTYPE": properties.ctype,
        }
    if major >= 15:
        wanted["LOCALE_PROVIDER"] = "libc"
    if properties is not None and properties.provider == "i" and properties.locale:
        wanted |= {"LOCALE_PROVIDER": "icu", "ICU_LOCALE": properties.locale}
        if properties.icu_rules:
            wanted["ICU_RULES"] = properties.icu_rules
    if properties is not None and properties.provider == "b" and properties.locale:
        wanted |= {"LOCALE_PROVIDER": "builtin", "BUILTIN_LOCALE": properties.locale}
    options = sql.SQL(" ").join(
        sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(value)) for word, value in wanted.items()
    )
    return sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), options)


def drop(session: Session, name: str) -> None:
    """Drop the database, and end the sessions in it. Only ever called for one that we made ourselves."""
    session.connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


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
    return _try(session, wanted)


def missing_roles(session: Session, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """Those roles that the backup needs and the server does not have."""
    present = {row[0] for row in session.ask("databases_roles")}
    return tuple(role.name for role in roles if role.needed and role.name not in present)


def create_roles(session: Session, roles: tuple[SavedRole, ...], *, whole: bool) -> tuple[str, ...]:
    """Create the roles that are missing; what could not be done, in words.

    whole: all of them with every attribute and membership, for a throw-away server; otherwise only those that are
    needed, as names without login and without any right of their own.
    """
    present = {row[0] for row in session.ask("databases_roles")}
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
    return _try(session, wanted)


def set_roles(session: Session, roles: tuple[SavedRole, ...]) -> tuple[str, ...]:
    """Give the roles of a throw-away server their settings; what could not be set, in words."""
    wanted: list[tuple[str, sql.Composed]] = []
    for role in roles:
        whose = sql.SQL("ROLE {}").format(sql.Identifier(role.name))
        for name, value in role.settings:
            wanted.append((f"the setting {name} of the role {role.name}", _setting(whose, name, value)))
    return _try(session, wanted)


def _setting(whose: sql.Composable, name: str, value: str) -> sql.Composed:
    given = sql.SQL(", ").join(sql.Literal(one) for one in (names(value) if name.lower() in LISTS else (value,)))
    dotted = sql.SQL(".").join(sql.Identifier(part) for part in name.split("."))
    return sql.SQL("ALTER {} SET {} TO {}").format(whose, dotted, given)


def names(value: str) -> tuple[str, ...]:
    """The names of a list as PostgreSQL stores it: `"$user", public` is `$user` and `public`."""
    found = re.findall(r'"((?:[^"]|"")*)"|([^\s,"]+)', value)
    return tuple(quoted.replace('""', '"') if quoted or not bare else bare for quoted, bare in found) or ("",)


def _try(session: Session, wanted: list[tuple[str, sql.Composed]]) -> tuple[str, ...]:
    refused = []
    for what, statement in wanted:
        try:
            session.connection.execute(statement)
        except psycopg.Error as error:
            refused.append(f"{what} could not be restored: {(error.diag.message_primary or str(error)).strip()}")
    return tuple(refused)


def used(session: Session) -> bool:
    """Whether somebody made something in the session's database."""
    return bool(session.ask("databases_used")[0][0])


def drop_public(session: Session) -> None:
    """Drop the empty schema `public` that every new database has, for a copy of one that has none."""
    session.do("databases_drop_public")


def give_public(session: Session, owner: str) -> None:
    """Make `owner` own the schema `public`, where that role exists; pg_dump before 15 does not carry it.

    Where we may not, the comparison of the structures tells.
    """
    if not any(row[0] == owner for row in session.ask("databases_roles")):
        return
    with suppress(pg.InsufficientPrivilege):
        session.connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner)))


def analyze(session: Session) -> None:
    """Collect the planner's statistics, which no dump of ours carries."""
    session.connection.execute("ANALYZE")
