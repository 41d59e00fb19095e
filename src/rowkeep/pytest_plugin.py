"""Fixtures for pytest: a migrated, empty database for each test, on a throw-away PostgreSQL server.

`rowkeep_database` is what tests ask for. The server is started once for a session (with pytest-xdist once for each
worker), the migrations are applied once, and each test gets a copy of that database. Nothing is left at the end. The
database of the project's configuration is never connected to. docs/library.md shows how to adjust it.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rowkeep.database.connection.session import Session
    from rowkeep.project import Project

OPTION = "rowkeep_postgres"

_NUMBERS = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rowkeep-postgres MAJOR`, and the same in the configuration of pytest."""
    text = "The major version of the throw-away PostgreSQL server (default: the newest that Rowkeep supports)."
    parser.getgroup("rowkeep").addoption("--rowkeep-postgres", dest=OPTION, metavar="MAJOR", help=text)
    parser.addini(OPTION, text)


@pytest.fixture(scope="session")
def rowkeep_project(pytestconfig: pytest.Config) -> Project:
    """The project whose migrations are applied: the one in pytest's root directory. Override it for another one."""
    from rowkeep.project import Project

    return Project(pytestconfig.rootpath)


@pytest.fixture(scope="session")
def rowkeep_server(pytestconfig: pytest.Config, rowkeep_project: Project) -> Iterator[str]:
    """The connection string of a throw-away server, as a superuser. Override it to use a server of your own."""
    from rowkeep import programs, scratch
    from rowkeep.knowledge.program_locations import CLIENT, MAJORS, SERVER

    settings = rowkeep_project.settings
    chosen = pytestconfig.getoption(OPTION) or pytestconfig.getini(OPTION)
    major = int(chosen) if chosen else settings.pg_version or MAJORS[-1]
    if major not in MAJORS:
        raise pytest.UsageError(f"{OPTION}: {major} is not one of {', '.join(map(str, MAJORS))}")
    tools = programs.obtain_programs(major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs)
    with scratch.start_server(tools, cut_off=False) as server:
        yield server.conninfo()


@pytest.fixture(scope="session")
def _rowkeep_session(rowkeep_server: str) -> Iterator[Session]:
    """The session that creates and drops databases."""
    from rowkeep.database.connection.session import connect

    with connect(rowkeep_server, application="rowkeep pytest") as session:
        yield session


@pytest.fixture(scope="session")
def rowkeep_template(rowkeep_project: Project, rowkeep_server: str, _rowkeep_session: Session) -> Iterator[str]:
    """The name of the database that holds all migrations and no rows of tests; each test gets a copy of it."""
    from rowkeep.database.catalog import databases
    from rowkeep.database.connection.conninfo import url_of_database
    from rowkeep.project import migrate_test_database

    name = f"rowkeep_test_{uuid.uuid4().hex[:8]}"
    databases.create_database(_rowkeep_session, name, None)
    try:
        migrate_test_database(rowkeep_project, url_of_database(rowkeep_server, name), name)
        yield name
    finally:
        databases.drop_database(_rowkeep_session, name)


@pytest.fixture
def rowkeep_database(rowkeep_server: str, rowkeep_template: str, _rowkeep_session: Session) -> Iterator[str]:
    """The URL of a database that is new, migrated and for this test alone."""
    from rowkeep.database.catalog import databases
    from rowkeep.database.connection.conninfo import url_of_database

    name = f"{rowkeep_template}_{next(_NUMBERS)}"
    databases.clone_database(_rowkeep_session, rowkeep_template, name)
    try:
        yield url_of_database(rowkeep_server, name)
    finally:
        databases.drop_database(_rowkeep_session, name)
