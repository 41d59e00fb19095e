"""Found, tried and born -> findings, worst first, each with the statement that mends it."""

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
HISTORY_HARM = "it can make the history of migrations say what is not so"
RIGHT_HARM = {
    "TRUNCATE": "empties it, and with CASCADE what refers to it",
    "TRIGGER": "plants code that the owner's next UPDATE runs with the owner's rights",
    "DELETE": "loses rows",
    "UPDATE": "sets it back (setval), and old keys come again",
    "CREATE": "plants functions and tables that others run into",
    "USAGE": "reaches tables that were taken out of use",
    "REFERENCES": "makes foreign keys that block DELETE and DROP",
    "MAINTAIN": "runs VACUUM FULL, REINDEX and LOCK TABLE, which stop everybody",
}
PLAN = "rowkeep roles plan   (its notes have what only a superuser or another owner can type)"
AS_ANOTHER = "rowkeep roles audit -d URL   (as a superuser, or a role that may act as these)"
TIMEOUTS = {"statement_timeout": "30s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}


def audit_findings(
    found: RolesOnServer, wanted: WantedRoles, trials: Iterable[Attempt], newborns: Iterable[NewTableAttempt]
) -> tuple[RoleFinding, ...]:
    """Everything that is wrong or worth knowing, worst first. A role that does not exist is one finding."""
    bot = found.role(wanted.bot)
    if bot is None:
        fix = (f"rowkeep roles apply --bot {wanted.bot}",)
        return (RoleFinding(RoleSeverity.HIGH, "no-role", wanted.bot, f"there is no role {wanted.bot}", fix),)
    if bot.superuser:
        words = f"{wanted.bot} is a superuser: no right binds it, and nothing below this line would mean anything"
        fix = (fill_template("ALTER ROLE {bot} NOSUPERUSER;", bot=wanted.bot),)
        return (RoleFinding(RoleSeverity.CRITICAL, "attribute", "SUPERUSER", words, fix),)
    every = (
        *_attempt_findings(trials),
        *_future_findings(newborns),
        *_itself(found, wanted),
        *_memberships(found, wanted),
        *_ownership_findings(found, wanted),
        *_wide_findings(found, wanted),
        *_lacking(found, wanted),
        *(
            bypasses.bypass_finding(hole, found, wanted)
            for hole in found.holes
            if not _is_intended(hole.kind, hole.subject, wanted)
        ),
    )
    return tuple(sorted(dict.fromkeys(every), key=lambda each: (-each.severity.rank, each.kind, each.subject)))


def clean(found: Iterable[RoleFinding]) -> bool:
    """Whether nothing of severity HIGH or worse is among the findings."""
    return all(each.severity.rank < RoleSeverity.HIGH.rank for each in found)


def _is_intended(kind: str, subject: str, wanted: WantedRoles) -> bool:
    return kind == "delete-cascade" and subject in wanted.deletable


def _attempt_findings(trials: Iterable[Attempt]) -> Iterator[RoleFinding]:
    for trial in trials:
        match trial.result:
            case AttemptOutcome.ALLOWED:
                words = f"{trial.operation} {trial.subject}: {trial.words}"
                yield RoleFinding(RoleSeverity.CRITICAL, "allowed", trial.operation, words, (PLAN,))
            case AttemptOutcome.UNTRIED:
                words = f"{trial.operation} {trial.subject} could not be tried, so nothing is proven: {trial.words}"
                yield RoleFinding(RoleSeverity.HIGH, "untried", trial.operation, words, (AS_ANOTHER,))
            case AttemptOutcome.DENIED:
                pass


def _future_findings(newborns: Iterable[NewTableAttempt]) -> Iterator[RoleFinding]:
    for born in newborns:
        what = f"a table that {born.creator} makes in schema {born.schema}"
        if born.failure:
            words = f"{what} could not be tried, so nothing is proven: {born.failure}"
            yield RoleFinding(RoleSeverity.HIGH, "untried", born.schema, words, (AS_ANOTHER,))
            continue
        lacks = [right for right in privileges.TABLE_RIGHTS if right not in born.rights]
        lacks += [f"{right} on its sequence" for right in ("USAGE",) if right not in born.sequence_rights]
        if lacks:
            words = f"{what} gives the bot no {', no '.join(lacks)}: the application fails on it"
            yield RoleFinding(RoleSeverity.HIGH, "future-lacks", born.schema, words, ("rowkeep roles plan",))
        wide = sorted(born.rights & set(excess.WIDE["table"])) + sorted(born.sequence_rights & {"UPDATE"})
        if wide:
            words = f"{what} gives the bot {', '.join(wide)}"
            yield RoleFinding(RoleSeverity.HIGH, "future-wide", born.schema, words, ("rowkeep roles plan",))


def _itself(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    bot = found.role(wanted.bot)
    assert bot is not None
    for word in dangerous_attributes(bot):
        words = f"{wanted.bot} has {word}, which no grant limits"
        fix = (fill_template("ALTER ROLE {bot} {no};", bot=wanted.bot, no=RawSql(f"NO{word}")),)
        yield RoleFinding(RoleSeverity.CRITICAL, "attribute", word, words, fix)
    if bot.connection_limit < 0:
        words = f"{wanted.bot} may take every connection of the server"
        fix = (fill_template("ALTER ROLE {bot} CONNECTION LIMIT 50;", bot=wanted.bot),)
        yield RoleFinding(RoleSeverity.LOW, "no-connection-limit", wanted.bot, words, fix)
    for name, value in TIMEOUTS.items():
        if not any(each.startswith(f"{name}=") for each in bot.settings):
            words = f"{wanted.bot} has no {name} of its own: one bad query stands in everybody's way"
            fix = (
                fill_template("ALTER ROLE {bot} SET {name} = {v};", bot=wanted.bot, name=name, v=RawSql(f"'{value}'")),
            )
            yield RoleFinding(RoleSeverity.LOW, "no-timeout", name, words, fix)


def _memberships(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    reach = reachable_roles(found.memberships, wanted.bot)
    bad = PREDEFINED_DANGEROUS | powerful_roles(found) | {wanted.owner, wanted.migration}
    for membership in found.memberships:
        if membership.member not in reach:
            continue
        fix = (fill_template("REVOKE {role} FROM {m};", role=membership.role, m=membership.member),)
        if membership.admin:
            words = f"{membership.member} may grant {membership.role} to anybody, itself first (ADMIN OPTION)"
            yield RoleFinding(RoleSeverity.HIGH, "admin-option", membership.role, words, fix)
        if membership.role in reach:
            words = f"{membership.member} can act as {membership.role}"
            if membership.role in bad:
                yield RoleFinding(RoleSeverity.CRITICAL, "member", membership.role, words, fix)
            else:
                yield RoleFinding(RoleSeverity.INFO, "member", membership.role, words, ())


def _ownership_findings(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    reach = reachable_roles(found.memberships, wanted.bot)
    for holding in (found.database, *found.schemas, *found.relations, *found.objects):
        if holding.owner not in reach or holding.follows or holding.extension:
            continue
        relation = holding in found.relations or holding.kind in ("database", "schema")
        via = "" if holding.owner == wanted.bot else f" as {holding.owner}"
        words = f"{wanted.bot} owns {holding.kind} {holding.identity}{via}, and can drop and alter it"
        yield RoleFinding(
            RoleSeverity.CRITICAL if relation else RoleSeverity.HIGH,
            f"owns-{holding.kind.replace(' ', '-')}",
            holding.identity,
            words,
            (ownership.owner_change(holding, wanted.owner),),
        )


def _wide_findings(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    reach = reachable_roles(found.memberships, wanted.bot)
    for holding in (found.database, *found.schemas, *found.relations):
        owned = holding.owner in reach
        for right in excess.wide_grants(holding, wanted):
            if right in holding.reachable and not owned:
                harm = HISTORY_HARM if holding.identity in wanted.read_only else RIGHT_HARM[right]
                words = f"{wanted.bot} has {right} on {holding.kind} {holding.identity}: {harm}"
                severity = RIGHT_SEVERITY.get(right, RoleSeverity.MEDIUM)
                yield RoleFinding(
                    severity, f"right-{right.lower()}", holding.identity, words, _taken_over(holding, right)
                )
        for grant in holding.grants:
            if grant.grantable and grant.grantee in reach and not owned:
                words = f"{grant.grantee} may pass {grant.right} on {holding.identity} on to anybody (GRANT OPTION)"
                back = _statement("REVOKE GRANT OPTION FOR", holding, grant.right, grant.grantee)
                yield RoleFinding(RoleSeverity.HIGH, "grant-option", holding.identity, words, (back,))
    if "TEMPORARY" in found.database.reachable:
        words = f"{wanted.bot} can make temporary tables, which hide real ones from careless functions"
        fix = _taken_over(found.database, "TEMPORARY")
        yield RoleFinding(RoleSeverity.MEDIUM, "right-temporary", found.database.identity, words, fix)


def _taken_over(holding: OwnedObject, right: str) -> tuple[str, ...]:
    granted = sorted({each.grantee for each in holding.grants if each.right == right} - {holding.owner})
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


def _lacking(found: RolesOnServer, wanted: WantedRoles) -> Iterator[RoleFinding]:
    for schema in found.schemas:
        if schema.schema in wanted.schemas and "USAGE" not in schema.able:
            words = f"{wanted.bot} cannot use schema {schema.identity}: the application sees nothing in it"
            yield RoleFinding(RoleSeverity.HIGH, "lacks", schema.identity, words, ("rowkeep roles plan",))
    if "CONNECT" not in found.database.able:
        words = f"{wanted.bot} cannot connect to database {found.database.identity}"
        yield RoleFinding(RoleSeverity.HIGH, "lacks", found.database.identity, words, ("rowkeep roles plan",))
    for holding in found.relations:
        if holding.schema not in wanted.schemas or holding.extension:
            continue
        lacks = [
            right
            for right in privileges.needed_rights(holding, wanted)
            if right not in holding.able | holding.by_column
        ]
        if lacks:
            words = f"{wanted.bot} has no {', no '.join(lacks)} on {holding.kind} {holding.identity}"
            yield RoleFinding(RoleSeverity.HIGH, "lacks", holding.identity, words, ("rowkeep roles plan",))
