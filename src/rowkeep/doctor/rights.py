"""Whether the migration role may create objects, owns the tables, may write the ledger, and may read everything."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.doctor import format_names
from rowkeep.domain.count import count_text
from rowkeep.domain.doctor_facts import DatabaseFacts, DoctorFacts, RoleRights, ServerFacts
from rowkeep.domain.health_check import Check, CheckResult
from rowkeep.knowledge.forms.keywords import quote_name


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Creating, owning, ledger, backup, seeing blockers, deadlock_timeout."""
    if facts.database is None or facts.database.rights is None:
        return
    server, rights = facts.database.server, facts.database.rights
    yield _create_right(server, rights)
    yield _ownership(server, rights)
    yield _ledger(server, rights)
    yield _backup(server, rights)
    if rights.row_secured:
        yield Check(
            "row-security",
            CheckResult.WARN,
            f"row-level security hides rows of {format_names(rights.row_secured)} from {server.role}",
            "an UPDATE or DELETE of a migration changes only rows that the policies show, perhaps none; FORCE ROW "
            "LEVEL SECURITY also applies to the owner",
            (f"ALTER ROLE {quote_name(server.role)} BYPASSRLS   (as a superuser)",),
        )
    yield from _visibility(facts.database, rights)


def _create_right(server: ServerFacts, rights: RoleRights) -> Check:
    role = quote_name(server.role)
    if not rights.schema_exists:
        return Check(
            "create",
            CheckResult.FAIL,
            "the schema of the history table does not exist",
            "the history table cannot be created",
            ("CREATE SCHEMA …, or set history-schema in the configuration",),
        )
    if not rights.builds:
        return Check(
            "create",
            CheckResult.FAIL,
            f"{server.role} may not create in the schema of the history table",
            "CREATE TABLE would fail with 42501",
            ("rowkeep roles apply", f"GRANT CREATE ON SCHEMA public TO {role}"),
        )
    return Check("create", CheckResult.OK, f"{server.role} may create tables")


def _ownership(server: ServerFacts, rights: RoleRights) -> Check:
    if rights.not_owned:
        return Check(
            "ownership",
            CheckResult.WARN,
            count_text(len(rights.not_owned), "table or view belongs", "tables or views belong")
            + f" to others: {format_names(rights.not_owned)}",
            "only an owner may ALTER, DROP or index a table: migrations that touch them fail with 42501",
            ("rowkeep roles plan",),
        )
    return Check("ownership", CheckResult.OK, f"{server.role} owns every table and view")


def _ledger(server: ServerFacts, rights: RoleRights) -> Check:
    if rights.ledger_exists:
        if rights.uses_ledger:
            return Check("ledger", CheckResult.OK, "the schema rowkeep exists and may be used")
        return Check(
            "ledger",
            CheckResult.FAIL,
            f"the schema rowkeep exists, but {server.role} may not use it",
            "a run could not be recorded in the ledger",
            (f"GRANT USAGE ON SCHEMA rowkeep TO {quote_name(server.role)}",),
        )
    if rights.makes_schemas:
        return Check("ledger", CheckResult.OK, "the schema rowkeep does not exist yet and may be created")
    return Check(
        "ledger",
        CheckResult.WARN,
        f"{server.role} may not create the schema rowkeep",
        "only the history table would be written: no checksums, durations, authors",
        (f"GRANT CREATE ON DATABASE {quote_name(server.database)} TO {quote_name(server.role)}",),
    )


def _backup(server: ServerFacts, rights: RoleRights) -> Check:
    role = quote_name(server.role)
    if rights.row_secured:
        return Check(
            "backup-rights",
            CheckResult.FAIL,
            f"row-level security hides rows of {format_names(rights.row_secured)} from {server.role}",
            "pg_dump refuses: the backup would be incomplete",
            (f"ALTER ROLE {role} BYPASSRLS   (as a superuser)",),
        )
    if rights.unreadable:
        return Check(
            "backup-rights",
            CheckResult.FAIL,
            f"{server.role} cannot read {format_names(rights.unreadable)}",
            "pg_dump must read every table and sequence; otherwise it fails",
            (f"GRANT pg_read_all_data TO {role}", "rowkeep roles plan"),
        )
    if rights.large_objects:
        return Check(
            "backup-rights",
            CheckResult.FAIL,
            f"{server.role} cannot read {count_text(rights.large_objects, 'large object')}",
            "pg_read_all_data does not cover them, and pg_dump stops at the first",
            (f"GRANT SELECT ON LARGE OBJECT … TO {role}", "or back up as their owner"),
        )
    return Check("backup-rights", CheckResult.OK, f"{server.role} can read everything")


def _visibility(database: DatabaseFacts, rights: RoleRights) -> Iterator[Check]:
    server = database.server
    if not rights.sees_others:
        yield Check(
            "who-blocks",
            CheckResult.WARN,
            f"{server.role} cannot see the statements of other roles",
            "messages about blockers cannot show their statements",
            (f"GRANT pg_read_all_stats TO {quote_name(server.role)}",),
        )
    if not server.superuser and database.may_set is False:
        yield Check(
            "deadlock-timeout",
            CheckResult.OK,
            f"{server.role} may not set deadlock_timeout",
            "a deadlock with the application is detected only after the server's timeout, and may hit the application",
            (f"GRANT SET ON PARAMETER deadlock_timeout TO {quote_name(server.role)}",),
        )
