"""`rowkeep doctor`: finds problems before they make a run fail. Changes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.exit_codes import REFUSED, exit_code
from rowkeep.domain.frozen import replace
from rowkeep.errors import ProgramMissing, RowkeepError

if TYPE_CHECKING:
    from rowkeep.domain.doctor_facts import DatabaseFacts, DoctorFacts, Unavailable


@declare_command(
    "doctor", help="Find problems before they make a run fail. Changes nothing. Exit 1 if something would fail."
)
@click.option(
    "--fetch", is_flag=True, help="Download the PostgreSQL programs of the server's major if they are missing."
)
def command(context: CommandContext, *, fetch: bool) -> int:
    from rowkeep.doctor import examine
    from rowkeep.domain.health_check import CheckResult
    from rowkeep.report.doctor import format_doctor, serialize_doctor

    facts, failure = _collect_facts(context, fetch)
    checks = tuple(examine(facts))
    context.answer(format_doctor(checks, context.verbose), checks=serialize_doctor(checks))
    if failure is not None:
        return exit_code(failure)
    return REFUSED if any(check.health is CheckResult.FAIL for _, check in checks) else 0


def _collect_facts(context: CommandContext, fetch: bool) -> tuple[DoctorFacts, RowkeepError | None]:
    """All facts that can be collected, and why the database could not be reached."""
    from rowkeep import files, programs
    from rowkeep.backup import list_backups
    from rowkeep.domain.doctor_facts import DoctorFacts
    from rowkeep.files.project import machine

    settings = context.settings
    database, failure = _database(context)
    facts = DoctorFacts(
        machine=machine.measure_machine(settings),
        database=database,
        unreached=_unavailable(failure) if failure else None,
        backups=list_backups(settings.backups_dir).backups,
        max_backup_age_h=settings.max_backup_age_h,
    )
    try:
        facts = replace(facts, directory=files.read(settings))
    except RowkeepError as error:
        facts = replace(facts, unread=_unavailable(error))
    facts = replace(facts, programs=programs.find_programs(pg_bin=settings.pg_bin))
    if database is None:
        return facts, failure
    facts = _with_programs(context, facts, database, fetch)
    server = database.server
    collation = server.collation if server.provider == "libc" else None
    used = tuple(name for name, _ in database.extensions)
    return replace(facts, machine=machine.measure_machine(settings, facts.host, collation, used)), failure


def _database(context: CommandContext) -> tuple[DatabaseFacts | None, RowkeepError | None]:
    from rowkeep.cli.connection_string import connection_string
    from rowkeep.database.catalog.doctor import measure_database
    from rowkeep.database.catalog.state import read_state
    from rowkeep.database.connection.session import connect

    settings = context.settings
    try:
        with connection_string(context) as conninfo, connect(conninfo, **_with_connect_timeout(conninfo)) as session:
            return measure_database(session, settings.history_schema, lambda asked: read_state(asked, settings)), None
    except RowkeepError as error:
        return None, error


def _with_connect_timeout(conninfo: str) -> dict[str, Any]:
    """A timeout for connecting, if the user has set none, so that `doctor` does not hang."""
    configured = "connect_timeout" in conninfo or os.environ.get("PGCONNECT_TIMEOUT")
    return {} if configured else {"connect_timeout": 10}


def _with_programs(context: CommandContext, facts: DoctorFacts, database: DatabaseFacts, fetch: bool) -> DoctorFacts:
    from rowkeep import programs
    from rowkeep.knowledge.program_locations import CLIENT, SERVER

    major, pg_bin = database.server.major, context.settings.pg_bin
    try:
        client = programs.obtain_programs(major, CLIENT, pg_bin=pg_bin, fetch=fetch, emit=context.emit)
        facts = replace(facts, client=client)
        return replace(
            facts,
            host=programs.obtain_programs(major, (*CLIENT, *SERVER), pg_bin=pg_bin, fetch=fetch, emit=context.emit),
        )
    except ProgramMissing as error:
        return replace(facts, absent=_unavailable(error))


def _unavailable(error: RowkeepError) -> Unavailable:
    from rowkeep.domain.doctor_facts import Unavailable

    where = f" ({error.where})" if error.where is not None else ""
    return Unavailable(f"{error.what}{where}", error.why or "", error.instead)
