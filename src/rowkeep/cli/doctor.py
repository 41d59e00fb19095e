"""`rowkeep doctor`: what would fail later, said now; changes nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.exits import REFUSED, code
from rowkeep.errors import ProgramMissing, RowkeepError

if TYPE_CHECKING:
    from rowkeep.domain.facts import Database, Facts, Obstacle


@declared("doctor", help="Say now what would fail later. Changes nothing. Exit 1: something would fail.")
@click.option("--fetch", is_flag=True, help="Fetch PostgreSQL's programs of the server's major, if they are missing.")
def command(door: Door, *, fetch: bool) -> int:
    from rowkeep.doctor import examine
    from rowkeep.domain.checkup import Health
    from rowkeep.report.doctor import doctor_data, doctor_text

    facts, failure = _facts(door, fetch)
    checks = tuple(examine(facts))
    door.answer(doctor_text(checks, door.verbose), checks=doctor_data(checks))
    if failure is not None:
        return code(failure)
    return REFUSED if any(check.health is Health.FAIL for _, check in checks) else 0


def _facts(door: Door, fetch: bool) -> tuple[Facts, RowkeepError | None]:
    """Whatever can be known, and why the database could not be asked."""
    from rowkeep import files, programs
    from rowkeep.domain.facts import Facts
    from rowkeep.files import surroundings

    settings = door.settings
    database, failure = _database(door)
    facts = Facts(
        machine=surroundings.look(settings),
        database=database,
        unreached=_obstacle(failure) if failure else None,
    )
    try:
        facts = replace(facts, directory=files.read(settings))
    except RowkeepError as error:
        facts = replace(facts, unread=_obstacle(error))
    facts = replace(facts, programs=programs.find(pg_bin=settings.pg_bin))
    if database is None:
        return facts, failure
    facts = _with_programs(door, facts, database, fetch)
    server = database.server
    collation = server.collation if server.provider == "libc" else None
    used = tuple(name for name, _ in database.extensions)
    return replace(facts, machine=surroundings.look(settings, facts.host, collation, used)), failure


def _database(door: Door) -> tuple[Database | None, RowkeepError | None]:
    from rowkeep.cli.reach import reach
    from rowkeep.database.doctor import measure
    from rowkeep.database.look import look
    from rowkeep.database.session import connect

    settings = door.settings
    try:
        with reach(door) as conninfo, connect(conninfo, **_patience(conninfo)) as session:
            return measure(session, settings.history_schema, lambda asked: look(asked, settings)), None
    except RowkeepError as error:
        return None, error


def _patience(conninfo: str) -> dict[str, Any]:
    """A limit for connecting, where the user has set none: a doctor who hangs helps nobody."""
    given = "connect_timeout" in conninfo or os.environ.get("PGCONNECT_TIMEOUT")
    return {} if given else {"connect_timeout": 10}


def _with_programs(door: Door, facts: Facts, database: Database, fetch: bool) -> Facts:
    from rowkeep import programs
    from rowkeep.knowledge.places import CLIENT, SERVER

    major, pg_bin = database.server.major, door.settings.pg_bin
    try:
        client = programs.obtain(major, CLIENT, pg_bin=pg_bin, fetch=fetch, tell=door.tell)
        facts = replace(facts, client=client)
        return replace(
            facts, host=programs.obtain(major, (*CLIENT, *SERVER), pg_bin=pg_bin, fetch=fetch, tell=door.tell)
        )
    except ProgramMissing as error:
        return replace(facts, absent=_obstacle(error))


def _obstacle(error: RowkeepError) -> Obstacle:
    from rowkeep.domain.facts import Obstacle

    where = f" ({error.where})" if error.where is not None else ""
    return Obstacle(f"{error.what}{where}", error.why or "", error.instead)
