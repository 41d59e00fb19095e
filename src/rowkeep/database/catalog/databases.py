"""Creates, finds and drops databases."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import errors as pg
from psycopg import sql

from rowkeep.database.connection.session import Session
from rowkeep.domain.deploy.backup import DatabaseProperties
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.errors import BackupFailed, Misused, RightMissing
from rowkeep.knowledge.forms.keywords import quote_name


def database_exists(session: Session, name: str) -> bool:
    """Whether the cluster has a database of this name."""
    return bool(session.ask("databases.exists", {"name": name})[0][0])


def create_database(
    session: Session, name: str, properties: DatabaseProperties | None, *, exact: bool = True
) -> str | None:
    """Create the database from template0, with the encoding and locale of `properties`.

    exact: raise BackupFailed if the server has no such locale; otherwise use the locale C, and return a remark about
    it. Raises Misused if the database exists.
    """
    try:
        session.connection.execute(_create(name, properties, session.major))
    except pg.DuplicateDatabase:
        raise Misused(
            f"the database {name} exists already",
            code=ErrorCode.DATABASE_EXISTS,
            instead=("choose a name that is not in use",),
        ) from None
    except pg.InsufficientPrivilege:
        raise _may_not_create(session) from None
    except psycopg.Error as error:
        if exact or properties is None:
            raise BackupFailed(
                f"the database {name} cannot be created",
                code=ErrorCode.DATABASE_NOT_CREATED,
                why=str(error).strip(),
                sqlstate=error.sqlstate,
                instead=("install the locale that the message names on the server",),
            ) from None
        # The encoding stays: the locale C works with each, and hashes are over the bytes.
        simple = replace(properties, collate="C", ctype="C", provider="c", locale=None, icu_rules=None)
        session.connection.execute(_create(name, simple, session.major))
        return f"created with the locale C instead of {properties.locale or properties.collate}: text sorts by bytes"
    return None


def _create(name: str, properties: DatabaseProperties | None, major: int) -> sql.Composed:
    options = {"TEMPLATE": "template0", "ENCODING": "UTF8", "LC_COLLATE": "C", "LC_CTYPE": "C"}
    if properties is not None:
        options |= {
            "ENCODING": properties.encoding,
            "LC_COLLATE": properties.collate,
            "LC_CTYPE": properties.ctype,
        }
    if major >= 15:
        options["LOCALE_PROVIDER"] = "libc"
    if properties is not None and properties.provider == "i" and properties.locale:
        options |= {"LOCALE_PROVIDER": "icu", "ICU_LOCALE": properties.locale}
        if properties.icu_rules:
            options["ICU_RULES"] = properties.icu_rules
    if properties is not None and properties.provider == "b" and properties.locale:
        options |= {"LOCALE_PROVIDER": "builtin", "BUILTIN_LOCALE": properties.locale}
    clauses = sql.SQL(" ").join(
        sql.SQL("{} {}").format(sql.SQL(word), sql.Literal(value)) for word, value in options.items()
    )
    return sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), clauses)


def clone_database(session: Session, source: str, name: str) -> None:
    """Copy the database `source` to a new one. Nobody may be connected to it. Only on servers of our own."""
    query = sql.SQL("CREATE DATABASE {} TEMPLATE {}{}").format(
        sql.Identifier(name),
        sql.Identifier(source),
        # Before 15 it is the only one. The other one writes everything to the WAL, too.
        sql.SQL(" STRATEGY file_copy" if session.major >= 15 else ""),
    )
    if session.major >= 18:
        # By reflink where the file system has that; elsewhere the kernel copies. Not every system offers the choice.
        with suppress(pg.InvalidParameterValue):
            session.connection.execute("SET file_copy_method = clone")
    session.connection.execute(query)


def drop_database(session: Session, name: str) -> None:
    """Drop the database and end its sessions. Only for a database that we created ourselves."""
    session.connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def require_createdb(session: Session) -> None:
    """Raise RightMissing if the session's role may not create a database."""
    if not session.ask("databases.may_create")[0][0]:
        raise _may_not_create(session)


def _may_not_create(session: Session) -> RightMissing:
    name = quote_name(session.ask("databases.current_role")[0][0])
    return RightMissing(
        f"the role {name} may not create a database, which a restore needs",
        code=ErrorCode.CREATEDB_PERMISSION_MISSING,
        instead=(f"ALTER ROLE {name} CREATEDB; (as a superuser)", "or restore as a role that may: --database URL"),
    )


def allow_writes(session: Session) -> bool:
    """Let the session write, whatever the settings of role and database say. Returns whether they forbade it."""
    forbidden = session.connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
    session.connection.execute("SET default_transaction_read_only = off")
    return forbidden


def is_database_used(session: Session) -> bool:
    """Whether the session's database has any user object."""
    return bool(session.ask("databases.is_used")[0][0])


def drop_public_schema(session: Session) -> None:
    """Drop the empty schema `public` that every new database has, for a copy of one that has none."""
    session.do("databases.drop_public")


def set_public_schema_owner(session: Session, owner: str) -> None:
    """Make `owner` the owner of the schema `public`, if that role exists: dumps of pg_dump before 15 lack it.

    If we may not, the comparison of the structures shows it.
    """
    if not any(row[0] == owner for row in session.ask("databases.roles")):
        return
    with suppress(pg.InsufficientPrivilege):
        session.connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner)))


def analyze_database(session: Session) -> None:
    """Collect the planner's statistics, which our dumps do not contain."""
    session.do("databases.analyze")
