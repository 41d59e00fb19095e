"""Clones a scratch database and changes the clone, statement by statement. Never for a server that is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

import psycopg

from rowkeep.database.catalog import databases, fingerprint
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.round_trip import send_together
from rowkeep.database.connection.session import connect, run_queries
from rowkeep.database.witness.dependencies import DependencyPair, read_dependencies
from rowkeep.domain.schema.structure import Structure

ADMIN_DATABASE = "postgres"


def clone_scratch_database(
    conninfo: str, name: str, history: tuple[str, str], *, template: str | None, without: Iterable[str] = ()
) -> None:
    """Clone a scratch database without its records of migrations. conninfo: a superuser's; template: default: its.

    without: extensions, as SQL writes their names, that are dropped in the clone unless something needs them.
    """
    quiet = _quiet_options(conninfo)
    options = quiet if template is None else {**quiet, "dbname": template}
    with connect(conninfo, **options) as session, run_queries("the scratch database cannot be read"):
        source = session.connection.info.dbname
        [(owner,)] = session.ask("structure_change.database_owner")
    with connect(conninfo, dbname=ADMIN_DATABASE) as session, run_queries("the scratch database cannot be cloned"):
        databases.clone_database(session, source, name)
        session.do("load_structure.own_database", database=(name,), role=(owner,))
    with (
        connect(conninfo, dbname=name, **quiet) as session,
        run_queries("the scratch database cannot be emptied"),
    ):
        session.do("structure_change.drop_history", history=history)
        session.do("structure_change.drop_ledger")
        for extension in without:
            with suppress(psycopg.errors.DependentObjectsStillExist):
                session.do("structure_change.drop_extension", extension=(extension.strip('"').replace('""', '"'),))


def read_copy(conninfo: str, dbname: str | None) -> tuple[int, Structure, tuple[DependencyPair, ...]]:
    """Major, structure and dependencies of a scratch database."""
    options = _quiet_options(conninfo)
    if dbname is not None:
        options["dbname"] = dbname
    with connect(conninfo, **options) as session:
        return session.major, fingerprint.read_structure(session), read_dependencies(session)


def _quiet_options(conninfo: str) -> dict[str, str]:
    """Options of a superuser's session in which a login trigger that a schema file contains does not run."""
    with connect(conninfo, dbname=ADMIN_DATABASE) as session:
        return without_event_triggers(session.major)


def apply_as_far_as_possible(
    conninfo: str, dbname: str, groups: Iterable[Sequence[str]]
) -> tuple[tuple[Sequence[str], str], ...]:
    """Run groups of statements, each in a transaction, again as long as some fail and others succeed.

    The order of the groups need not be right: what needs another object succeeds after it. Returns those that failed
    to the end, with the server's words. As a superuser: the statements are our own, and no event trigger runs.
    """
    open_ = list(groups)
    failed: list[tuple[Sequence[str], str]] = []
    # Before 17 this is how event triggers are kept from running.
    options = _quiet_options(conninfo) or {"options": "-c session_replication_role=replica"}
    with connect(conninfo, dbname=dbname, **options) as session:
        session.do("structure_change.skip_function_bodies")
        while open_:
            failed = []
            for group in open_:
                try:
                    with session.connection.transaction():
                        for statement in group:
                            send_together(session.connection, [statement.encode()])
                except psycopg.Error as error:
                    failed.append((group, str(error).strip()))
            if len(failed) == len(open_):
                break
            open_ = [group for group, _ in failed]
    return tuple(failed)
