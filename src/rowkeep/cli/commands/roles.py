"""`rowkeep roles`: plans, applies and audits the application's role (the bot) and the migration role."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli.command_context import CommandContext
from rowkeep.cli.connection_string import connection_string
from rowkeep.cli.declare_command import declare_command
from rowkeep.cli.exit_codes import DIFFERS, REFUSED
from rowkeep.cli.output import ask, hide
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Differs, HalfDone, Misused, Refused, Remains, RowkeepError

if TYPE_CHECKING:
    from rowkeep.database.connection.session import Session
    from rowkeep.domain.roles.role import RightsLoss, RoleChange, RolesOnServer, RolesPlan, WantedRoles

VARIABLES = {"bot": "ROWKEEP_BOT_PASSWORD", "migration": "ROWKEEP_MIGRATION_PASSWORD"}

NAMES = (
    click.option("--bot", metavar="NAME", help="The role of the application  [default: DATABASE_bot]."),
    click.option("--migration", metavar="NAME", help="The migration role  [default: DATABASE_migration]."),
    click.option(
        "--owner", metavar="NAME", help="A role without login that owns the structure, if not the migration role."
    ),
    click.option(
        "--schema", "schemas", metavar="NAME", multiple=True, help="A schema the bot works in  [default: all]."
    ),
    click.option(
        "--may-delete",
        "deletable",
        metavar="TABLE",
        multiple=True,
        help="A table (with schema) in which the bot may delete rows.",
    ),
)
PASSWORDS = (
    click.option("--ask-passwords", is_flag=True, help="Ask for the passwords of the login roles."),
    click.option("--set-passwords", is_flag=True, help="Set passwords of existing roles, too."),
)


def _session(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@declare_command("plan", help="Show the missing SQL. Changes nothing.")
@_session(*NAMES, *PASSWORDS)
def plan(context: CommandContext, *, ask_passwords: bool, set_passwords: bool, **names: Any) -> int:
    from rowkeep.database.connection.session import connect
    from rowkeep.report.roles import format_roles_plan, serialize_roles_plan
    from rowkeep.roles.plan_roles import make_roles_plan

    sources = _sources(ask_passwords, set_passwords)
    with connection_string(context) as conninfo, connect(conninfo) as session:
        current, wanted = _read_roles(context, session, sources, set_passwords, **names)
        planned = make_roles_plan(current, wanted)
    context.answer(format_roles_plan(planned), plan=serialize_roles_plan(planned))
    return 0


@declare_command("apply", help="Apply the plan: grant rights first, then, with consent, take rights away.")
@_session(
    *NAMES,
    *PASSWORDS,
    click.option("--only-give", is_flag=True, help="Create roles and grant rights. Take no rights away."),
    click.option(
        "--accept-loss-of-rights",
        "accepted",
        metavar="ROLE",
        multiple=True,
        help="A role that may lose the rights shown in the plan (PUBLIC for everybody).",
    ),
    click.option("--confirm", metavar="BOT", help="The same as --accept-loss-of-rights BOT."),
    click.option(
        "--no-passwords-needed",
        is_flag=True,
        help="Take rights away although a login role has no password; pg_hba.conf allows another login.",
    ),
)
def apply(
    context: CommandContext,
    *,
    ask_passwords: bool,
    set_passwords: bool,
    only_give: bool,
    accepted: tuple[str, ...],
    confirm: str | None,
    no_passwords_needed: bool,
    **names: Any,
) -> int:
    from dataclasses import replace

    from rowkeep.database.connection.session import connect
    from rowkeep.report.roles import format_handover, format_roles_plan, serialize_roles_plan
    from rowkeep.roles.plan_roles import make_roles_plan

    sources = _sources(ask_passwords, set_passwords)
    with connection_string(context) as conninfo, connect(conninfo) as session:
        current, wanted = _read_roles(context, session, sources, set_passwords, **names)
        planned = make_roles_plan(current, wanted)
        context.note(format_roles_plan(planned))
        consents = {*accepted, *([confirm] if confirm else [])}
        consented = not only_give and _has_consent(planned.losses, consents)
        if consented and planned.losses and planned.without_password and not no_passwords_needed:
            raise _no_password(planned)
        # Grants and revokes are one transaction; without consent, only the grants run.
        chosen = planned if consented else replace(planned, takes=())
        if chosen.changes:
            _apply_plan(context, session, chosen)
        if only_give:
            now = make_roles_plan(*_read_roles(context, session, sources, False, **names))
            _check_all_done(now.gives, bool(chosen.changes))
            context.answer(format_handover(now), plan=serialize_roles_plan(planned), left=serialize_roles_plan(now))
            return 0
        if not consented:
            raise _missing_consent(planned, consents, bool(chosen.changes))
        if not chosen.changes:
            return _run_audit(context, session, current, wanted, plan=serialize_roles_plan(planned))
        try:
            current, wanted = _read_roles(context, session, {}, False, **names)
            _check_all_done(make_roles_plan(current, wanted).changes, True)
            code = _run_audit(context, session, current, wanted, plan=serialize_roles_plan(planned))
        except Differs:
            raise
        except RowkeepError as error:
            raise Differs(
                "the changes were made, but checking the result failed",
                code=ErrorCode.ROLES_NOT_VERIFIED,
                why=": ".join(part for part in (error.what, error.why) if part),
                sqlstate=error.sqlstate,
                remains=Remains.CHANGED,
                instead=("rowkeep roles audit -d URL   (as a superuser, or as a member of these roles)",),
            ) from None
    # The changes are committed, so an audit with findings exits with 8 and not with 1.
    return DIFFERS if code else 0


def _has_consent(losses: tuple[RightsLoss, ...], consents: set[str]) -> bool:
    """Whether there is consent for every role that loses rights. On a terminal, asks for the missing ones."""
    from rowkeep.report.roles import format_rights_loss

    for loss in losses:
        if loss.role not in consents and sys.stdin.isatty():
            question = (
                f"{format_rights_loss(loss)}\n"
                f"Type {loss.role!r} to take these rights away, or press Enter to keep them"
            )
            if ask(question) == loss.role:
                consents.add(loss.role)
    return all(loss.role in consents for loss in losses)


def _missing_consent(planned: RolesPlan, consents: set[str], changed: bool) -> RowkeepError:
    """The error when consent is missing: HalfDone if rights were already granted, else Refused."""
    from rowkeep.report.roles import format_rights_loss
    from rowkeep.roles.handover import accept_losses_command

    unaccepted = [loss for loss in planned.losses if loss.role not in consents]
    switch = next(step for step in planned.steps if step.title.startswith("switch"))
    left = "roles were created and rights granted; no rights were taken away" if changed else None
    kind = HalfDone if changed else Refused
    return kind(
        f"rights of {', '.join(loss.role for loss in unaccepted)} would be taken away without consent",
        code=ErrorCode.RIGHTS_LOSS_NOT_ACCEPTED,
        why=(*map(format_rights_loss, unaccepted), *switch.notes),
        remains_detail=left,
        instead=(
            f"{accept_losses_command(planned.wanted, planned.losses)}   (when nobody needs these rights any more)",
            "rowkeep roles plan   (shows the state of the handover)",
        ),
    )


def _no_password(planned: RolesPlan) -> Refused:
    """The error when rights would be taken away while nobody can log in with the new roles."""
    from rowkeep.roles.handover import NO_PASSWORDS_NEEDED, accept_losses_command, password_command

    names = planned.without_password
    taking = accept_losses_command(planned.wanted, planned.losses)
    return Refused(
        f"rights would be taken away from {', '.join(loss.role for loss in planned.losses)}, and "
        f"{' and '.join(names)} {'has' if len(names) == 1 else 'have'} no password",
        code=ErrorCode.PASSWORD_MISSING,
        why="the application and the migrations could be locked out: they lose the old rights and cannot log in "
        "with the new roles",
        instead=(
            password_command(planned.wanted),
            f"{taking}   (then, when the application runs as {planned.wanted.bot})",
            f"{taking} {NO_PASSWORDS_NEEDED}   (if pg_hba.conf allows these roles another login)",
        ),
    )


def _apply_plan(context: CommandContext, session: Session, planned: RolesPlan) -> None:
    from rowkeep.database.catalog import roles

    secret = {change.secret for change in planned.changes if change.secret}
    roles.apply_plan(session, planned, _passwords(planned.wanted, secret), context.emit)


def _check_all_done(left: tuple[RoleChange, ...], changed: bool) -> None:
    """Raise Differs if the server ignored some of the changes (a GRANT that only warned)."""
    own = [change for change in left if "CURRENT_USER" not in change.statements[0]]
    if own and changed:
        raise Differs(
            "after the change the roles are not as planned",
            code=ErrorCode.ROLES_DIFFER,
            why=f"the server raised no error but did not do this: {own[0].why}",
            where=own[0].statements[0],
            instead=("rowkeep roles apply -d URL   (as a superuser, or as the owner of this object)",),
        )


@declare_command("audit", help="Try as the bot what it must not do, roll back, and list every way around its rights.")
@_session(*NAMES)
def audit(context: CommandContext, **names: Any) -> int:
    from rowkeep.database.connection.session import connect

    with connection_string(context) as conninfo, connect(conninfo) as session:
        current, wanted = _read_roles(context, session, {}, False, **names)
        return _run_audit(context, session, current, wanted)


def _read_roles(
    context: CommandContext,
    session: Session,
    sources: dict[str, str],
    set_passwords: bool,
    *,
    bot: str | None,
    migration: str | None,
    owner: str | None,
    schemas: tuple[str, ...],
    deletable: tuple[str, ...],
) -> tuple[RolesOnServer, WantedRoles]:
    from rowkeep.database.catalog import roles
    from rowkeep.domain.roles.role import WantedRoles
    from rowkeep.roles.plan_roles import default_schemas

    database = roles.current_database(session)
    bot = bot or context.settings.application_role or f"{database}_bot"
    migration = migration or context.settings.migration_role or f"{database}_migration"
    current = roles.read_roles(session, bot=bot, others=(migration, owner or migration))
    named = {"bot": bot, "migration": migration}
    return current, WantedRoles(
        bot=bot,
        migration=migration,
        owner=owner or migration,
        schemas=schemas or default_schemas(current),
        deletable=frozenset(deletable),
        secrets=tuple((named[role], source) for role, source in sources.items()),
        all_secrets=set_passwords,
        read_only=frozenset({_identity(context.settings.history_schema, context.settings.history_table)}),
    )


def _identity(schema: str, table: str) -> str:
    """The name of the history table as the server writes it."""
    from rowkeep.knowledge.forms.keywords import quote_name

    return f"{quote_name(schema)}.{quote_name(table)}"


def _run_audit(
    context: CommandContext, session: Session, current: RolesOnServer, wanted: WantedRoles, **more: object
) -> int:
    from rowkeep.database.catalog import roles_trial
    from rowkeep.report.roles import format_audit, serialize_audit
    from rowkeep.roles.audit import audit_findings, is_clean

    attempts = roles_trial.attempt_all(session, current, wanted)
    new_tables = roles_trial.attempt_on_new_table(session, current, wanted)
    findings = audit_findings(current, wanted, attempts, new_tables)
    context.answer(
        format_audit(current, wanted, attempts, new_tables, findings),
        **more,
        audit=serialize_audit(attempts, new_tables, findings),
    )
    return 0 if is_clean(findings) else REFUSED


def _sources(ask: bool, needed: bool) -> dict[str, str]:
    """Where the password of each role comes from, as text; roles without a password are left out.

    Raises Misused if passwords must be set (needed) and there are none.
    """
    if ask:
        return dict.fromkeys(VARIABLES, "the prompt")
    sources = {role: f"${name}" for role, name in VARIABLES.items() if os.environ.get(name)}
    if needed and not sources:
        names = " and ".join(VARIABLES.values())
        raise Misused(
            "--set-passwords has no password to set",
            code=ErrorCode.PASSWORD_MISSING,
            why=f"the environment variables {names} are not set",
            instead=(
                "rowkeep roles apply --only-give --set-passwords --ask-passwords",
                " ".join([*(f"{name}=…" for name in VARIABLES.values()), "rowkeep roles apply --only-give"])
                + " --set-passwords",
            ),
        )
    return sources


def _passwords(wanted: WantedRoles, secret: set[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for role, source in wanted.secrets:
        if role not in secret:
            continue
        if source.startswith("$"):
            known[role] = os.environ[source[1:]]
        else:
            known[role] = ask(f"Password of {role!r}", hidden=True)
        hide((known[role],), (role,))
        if "\0" in known[role]:
            raise Misused(f"the password of {role} contains a NUL character", code=ErrorCode.PASSWORD_INVALID)
    return known


command = click.Group("roles", commands=[plan, apply, audit], help="The application's role and the migration role.")
