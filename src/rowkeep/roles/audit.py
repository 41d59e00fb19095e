"""Roles, attempts and new tables -> findings, the worst first, each with the statement that fixes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rowkeep.domain.roles.role import OwnedObject, RolesOnServer, WantedRoles
from rowkeep.domain.roles.role_audit import Attempt, AttemptOutcome, NewTableAttempt, RoleFinding, RoleSeverity
from rowkeep.knowledge.forms.keywords import RawSql, fill_template
from rowkeep.roles import bypasses, excess, ownership, privileges
from rowkeep.roles.membership import PREDEFINED_DANGEROUS, dangerous_attributes, powerful_roles, reachable_roles

RIGHT_SEVERITY = {
    "TRUNCATE": RoleSeverity.CRITICAL,
    "TRIGGER": RoleSeverity.CRITICAL,
    "DELETE": RoleSeverity.HIGH,
    "UPDATE": RoleSeverity.HIGH,
    "CREATE": RoleSeverity.HIGH,
    "INSERT": RoleSeverity.HIGH,
}
HISTORY_HARM = "it can falsify the history of migrations"
RIGHT_HARM = {
    "TRUNCATE": "empties it, and with CASCADE the tables that refer to it",
    "TRIGGER": "plants code that the owner's next UPDATE runs with the owner's rights",
    "DELETE": "loses rows",
    "UPDATE": "resets it (setval), so that old keys are used again",
    "CREATE": "plants functions and tables that others use by mistake",
    "USAGE": "reaches tables that were taken out of use",
    "REFERENCES": "creates foreign keys that block DELETE and DROP",
    "MAINTAIN": "runs VACUUM FULL, REINDEX and LOCK TABLE, which block everybody",
}
PLAN = "rowkeep roles plan   (its notes show what only a superuser or another owner can run)"
AS_ANOTHER = "rowkeep roles audit -d URL   (as a superuser, or as a member of these roles)"
TIMEOUTS = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}


def audit_findings(
    current: RolesOnServer, wanted: WantedRoles, attempts: Iterable[Attempt], new_tables: Iterable[NewTableAttempt]
) -> tuple[RoleFinding, ...]:
    """Everything that is wrong or worth knowing, the worst first. A role that does not exist is one finding."""
    bot = current.role(wanted.bot)
    if bot is None:
        fix = (f"rowkeep roles apply --bot {wanted.bot}",)
        return (RoleFinding(RoleSeverity.HIGH, "no-role", wanted.bot, f"there is no role {wanted.bot}", fix),)
    if bot.superuser:
        words = f"{wanted.bot} is a superuser: no right limits it, so nothing else was checked"
        fix = (fill_template("ALTER ROLE {bot} NOSUPERUSER;", bot=wanted.bot),)
        return (RoleFinding(RoleSeverity.CRITICAL, "attribute", "SUPERUSER", words, fix),)
    findings = (
        *_attempt_findings(attempts),
        *_new_table_findings(new_tables),
        *_attribute_findings(current, wanted),
        *_membership_findings(current, wanted),
        *_ownership_findings(current, wanted),
        *_wide_findings(current, wanted),
        *_missing_rights_findings(current, wanted),
        *(
            bypasses.bypass_finding(hole, current, wanted)
            for hole in current.holes
            if not _is_intended(hole.kind, hole.subject, wanted)
        ),
    )
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (-each.severity.rank, each.kind, each.subject)))


def is_clean(findings: Iterable[RoleFinding]) -> bool:
    """Whether no finding is of severity HIGH or worse."""
    return all(finding.severity.rank < RoleSeverity.HIGH.rank for finding in findings)


def _is_intended(kind: str, subject: str, wanted: WantedRoles) -> bool:
    return kind == "delete-cascade" and subject in wanted.deletable


def _attempt_findings(attempts: Iterable[Attempt]) -> Iterator[RoleFinding]:
    for attempt in attempts:
        match attempt.result:
            case AttemptOutcome.ALLOWED:
                words = f"{attempt.operation} {attempt.subject}: {attempt.words}"
                yield RoleFinding(RoleSeverity.CRITICAL, "allowed", attempt.operation, words, (PLAN,))
            case AttemptOutcome.UNTRIED:
                words = (
                    f"{attempt.operation} {attempt.subject} could not be tried, so nothing is proven: {attempt.words}"
                )
                yield RoleFinding(RoleSeverity.HIGH, "untried", attempt.operation, words, (AS_ANOTHER,))
            case AttemptOutcome.DENIED:
                pass


def _new_table_findings(new_tables: Iterable[NewTableAttempt]) -> Iterator[RoleFinding]:
    for table in new_tables:
        what = f"a table that {table.creator} creates in schema {table.schema}"
        if table.failure:
            words = f"{what} could not be tried, so nothing is proven: {table.failure}"
            yield RoleFinding(RoleSeverity.HIGH, "untried", table.schema, words, (AS_ANOTHER,))
            continue
        missing = [right for right in privileges.TABLE_RIGHTS if right not in table.rights]
        missing += [f"{right} on its sequence" for right in ("USAGE",) if right not in table.sequence_rights]
        if missing:
            words = f"{what} gives the bot no {', no '.join(missing)}: the application fails on it"
            yield RoleFinding(RoleSeverity.HIGH, "future-lacks", table.schema, words, ("rowkeep roles plan",))
        wide = sorted(table.rights & set(excess.WIDE["table"])) + sorted(table.sequence_rights & {"UPDATE"})
        if wide:
            words = f"{what} gives the bot {', '.join(wide)}"
            yield RoleFinding(RoleSeverity.HIGH, "future-wide", table.schema, words, ("rowkeep roles plan",))


def _attribute_findings(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    bot = current.role(wanted.bot)
    assert bot is not None
    for word in dangerous_attributes(bot):
        words = f"{wanted.bot} has {word}, which grants cannot limit"
        fix = (fill_template("ALTER ROLE {bot} {no};", bot=wanted.bot, no=RawSql(f"NO{word}")),)
        yield RoleFinding(RoleSeverity.CRITICAL, "attribute", word, words, fix)
    if bot.connection_limit < 0:
        words = f"{wanted.bot} may take every connection of the server"
        fix = (fill_template("ALTER ROLE {bot} CONNECTION LIMIT 50;", bot=wanted.bot),)
        yield RoleFinding(RoleSeverity.LOW, "no-connection-limit", wanted.bot, words, fix)
    for name, value in TIMEOUTS.items():
        if not any(setting.startswith(f"{name}=") for setting in bot.settings):
            words = f"{wanted.bot} has no {name} of its own: one bad query can block everybody"
            fix = (
                fill_template("ALTER ROLE {bot} SET {name} = {v};", bot=wanted.bot, name=name, v=RawSql(f"'{value}'")),
            )
            yield RoleFinding(RoleSeverity.LOW, "no-timeout", name, words, fix)


def _membership_findings(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    reach = reachable_roles(current.memberships, wanted.bot)
    bad = PREDEFINED_DANGEROUS | powerful_roles(current) | {wanted.owner, wanted.migration}
    for membership in current.memberships:
        if membership.member not in reach:
            continue
        fix = (fill_template("REVOKE {role} FROM {m};", role=membership.role, m=membership.member),)
        if membership.admin:
            words = f"{membership.member} may grant {membership.role} to anybody, including itself (ADMIN OPTION)"
            yield RoleFinding(RoleSeverity.HIGH, "admin-option", membership.role, words, fix)
        if membership.role in reach:
            words = f"{membership.member} can act as {membership.role}"
            if membership.role in bad:
                yield RoleFinding(RoleSeverity.CRITICAL, "member", membership.role, words, fix)
            else:
                yield RoleFinding(RoleSeverity.INFO, "member", membership.role, words, ())


def _ownership_findings(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    reach = reachable_roles(current.memberships, wanted.bot)
    for holding in (current.database, *current.schemas, *current.relations, *current.objects):
        if holding.owner not in reach or holding.follows or holding.extension:
            continue
        relation = holding in current.relations or holding.kind in ("database", "schema")
        via = "" if holding.owner == wanted.bot else f" as {holding.owner}"
        words = f"{wanted.bot} owns {holding.kind} {holding.identity}{via}, and can drop and alter it"
        yield RoleFinding(
            RoleSeverity.CRITICAL if relation else RoleSeverity.HIGH,
            f"owns-{holding.kind.replace(' ', '-')}",
            holding.identity,
            words,
            (ownership.owner_change(holding, wanted.owner),),
        )


def _wide_findings(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    reach = reachable_roles(current.memberships, wanted.bot)
    for holding in (current.database, *current.schemas, *current.relations):
        owned = holding.owner in reach
        for right in excess.wide_grants(holding, wanted):
            if right in holding.reachable and not owned:
                harm = HISTORY_HARM if holding.identity in wanted.read_only else RIGHT_HARM[right]
                words = f"{wanted.bot} has {right} on {holding.kind} {holding.identity}: {harm}"
                severity = RIGHT_SEVERITY.get(right, RoleSeverity.MEDIUM)
                yield RoleFinding(
                    severity, f"right-{right.lower()}", holding.identity, words, _revoke_statements(holding, right)
                )
        for grant in holding.grants:
            if grant.grantable and grant.grantee in reach and not owned:
                words = f"{grant.grantee} may pass {grant.right} on {holding.identity} on to anybody (GRANT OPTION)"
                back = _statement("REVOKE GRANT OPTION FOR", holding, grant.right, grant.grantee)
                yield RoleFinding(RoleSeverity.HIGH, "grant-option", holding.identity, words, (back,))
    if "TEMPORARY" in current.database.reachable:
        words = f"{wanted.bot} can create temporary tables, which hide real tables from careless functions"
        fix = _revoke_statements(current.database, "TEMPORARY")
        yield RoleFinding(RoleSeverity.MEDIUM, "right-temporary", current.database.identity, words, fix)


def _revoke_statements(holding: OwnedObject, right: str) -> tuple[str, ...]:
    granted = sorted({grant.grantee for grant in holding.grants if grant.right == right} - {holding.owner})
    return tuple(_statement("REVOKE", holding, right, grantee) for grantee in granted) or ("rowkeep roles plan",)


def _statement(verb: str, holding: OwnedObject, right: str, grantee: str) -> str:
    kind = holding.kind.upper() if holding.kind in ("database", "schema", "sequence") else "TABLE"
    return fill_template(
        "{verb} {right} ON {kind} {object} FROM {who};",
        verb=RawSql(verb),
        right=RawSql(right),
        kind=RawSql(kind),
        object=RawSql(holding.identity),
        who=grantee or RawSql("PUBLIC"),
    )


def _missing_rights_findings(current: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    for schema in current.schemas:
        if schema.schema in wanted.schemas and "USAGE" not in schema.able:
            words = f"{wanted.bot} cannot use schema {schema.identity}: the application cannot see anything in it"
            yield RoleFinding(RoleSeverity.HIGH, "lacks", schema.identity, words, ("rowkeep roles plan",))
    if "CONNECT" not in current.database.able:
        words = f"{wanted.bot} cannot connect to database {current.database.identity}"
        yield RoleFinding(RoleSeverity.HIGH, "lacks", current.database.identity, words, ("rowkeep roles plan",))
    for holding in current.relations:
        if holding.schema not in wanted.schemas or holding.extension:
            continue
        missing = [
            right
            for right in privileges.needed_rights(holding, wanted)
            if right not in holding.able | holding.by_column
        ]
        if missing:
            words = f"{wanted.bot} has no {', no '.join(missing)} on {holding.kind} {holding.identity}"
            yield RoleFinding(RoleSeverity.HIGH, "lacks", holding.identity, words, ("rowkeep roles plan",))
