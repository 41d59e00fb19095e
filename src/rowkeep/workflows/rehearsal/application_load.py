"""`rehearse --with-load`: statements of the application run beside the migrations on the copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rowkeep.config import Settings
from rowkeep.database.catalog.compare_views import may_log_in
from rowkeep.database.connection.session import connect, run_queries
from rowkeep.database.workload.run_workload import WorkloadRunner, run_workload
from rowkeep.domain.deploy.application import ApplicationStatement
from rowkeep.domain.deploy.containment import Containment
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.plan import Plan
from rowkeep.errors import Misused
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.parse.application_sql import is_runnable, read_application_statement
from rowkeep.workflows.rehearsal.application_check import ApplicationStatements


def find_load(plan: Plan, application: ApplicationStatements) -> tuple[ApplicationStatement, ...]:
    """The statements that can be run. Raises Misused where there is none."""
    history = ((plan.history.schema, plan.history.table),)
    read = [(one, read_application_statement(one, history)) for one in application.statements]
    statements = tuple(one for one, query in read if query is not None and is_runnable(query))
    if not statements:
        raise Misused(
            "no statement can be run as load",
            code=ErrorCode.FILE_NOT_READABLE,
            where=application.source,
            why="SELECT, INSERT, UPDATE, DELETE and MERGE with their values in them are run; $1 has none",
            instead=("write values into the statements, or name a log with log_statement = all",),
        )
    return statements


@contextmanager
def beside_load(
    conninfo: str,
    statements: tuple[ApplicationStatement, ...],
    plan: Plan,
    settings: Settings,
    containment: Containment,
    user: str | None,
) -> Iterator[WorkloadRunner | None]:
    """The load, during the block; None where there is none.

    user: the role of the load, if the application's role does not exist or may not log in. Raises Misused where the
    copy is not isolated: the functions that the statements call could reach something outside.
    """
    if not statements:
        yield None
        return
    if not containment.whole:
        raise Misused(
            "no load is run on a copy that is not isolated",
            code=ErrorCode.INVALID_USAGE,
            why="this system cannot keep the copy from reaching other servers",
            instead=("rehearse without --with-load",),
        )
    role = settings.application_role or f"{plan.database}_bot"
    with connect(conninfo, application="rowkeep load") as session, run_queries("the role cannot be read"):
        sender = role if may_log_in(session, role) else user
    path = ", ".join(quote_name(schema) for schema in settings.schemas)
    with run_workload(conninfo, statements, user=sender, search_path=path) as runner:
        yield runner
