"""`rowkeep roles`: the application's role (the bot) and the migration role: planned, applied, audited by trying."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from rowkeep.cli.door import Door
from rowkeep.cli.door import command as declared
from rowkeep.cli.exits import REFUSED
from rowkeep.cli.reach import reach
from rowkeep.cli.speech import asked, hide
from rowkeep.errors import Differs, Misused

if TYPE_CHECKING:
    from rowkeep.database.session import Session
    from rowkeep.domain.role import Found, Wanted

VARIABLES = {"bot": "ROWKEEP_BOT_PASSWORD", "migration": "ROWKEEP_MIGRATION_PASSWORD"}

NAMES = (
    click.option("--bot", metavar="NAME", help="The role of the application  [default: DATABASE_bot]."),
    click.option("--migration", metavar="NAME", help="The role that migrates  [default: DATABASE_migration]."),
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
        help="A table (with its schema) in which the bot may delete rows.",
    ),
)
PASSWORDS = (
    click.option("--ask-passwords", is_flag=True, help="Ask for the passwords of the login roles."),
    click.option("--set-passwords", is_flag=True, help="Set passwords also where a role exists already."),
)


def _with(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@declared("plan", help="Show the SQL that is missing. Changes nothing.")
@_with(*NAMES, *PASSWORDS)
def plan(door: Door, *, ask_passwords: bool, set_passwords: bool, **names: Any) -> int:
    from rowkeep.database.session import connect
    from rowkeep.report.roles import plan_data, plan_text
    from rowkeep.roles.plan import make

    sources = _sources(ask_passwords)
    with reach(door) as conninfo, connect(conninfo) as session:
        found, wanted = _looked(door, session, sources, set_passwords, **names)
        planned = make(found, wanted)
    door.answer(plan_text(planned), plan=plan_data(planned))
    return 0


@declared("apply", help="Carry out what `plan` shows, in one transaction, and audit the result.")
@_with(*NAMES, *PASSWORDS, click.option("--confirm", metavar="BOT", help="The bot's name, if it loses rights in use."))
def apply(door: Door, *, ask_passwords: bool, set_passwords: bool, confirm: str | None, **names: Any) -> int:
    from rowkeep.database import roles
    from rowkeep.database.session import connect
    from rowkeep.report.events import count_text
    from rowkeep.report.roles import plan_data, plan_text
    from rowkeep.roles.plan import make

    sources = _sources(ask_passwords)
    with reach(door) as conninfo, connect(conninfo) as session:
        found, wanted = _looked(door, session, sources, set_passwords, **names)
        planned = make(found, wanted)
        door.note(plan_text(planned))
        if planned.takes_in_use:
            who = ", ".join(f"{role} ({count_text(count, 'session')} now)" for role, count in planned.takes_in_use)
            door.confirm_name(wanted.bot, confirm, f"This takes rights away from roles in use: {who}.")
        if planned.changes:
            secret = {change.secret for change in planned.changes if change.secret}
            roles.apply(session, planned, _passwords(wanted, secret), door.tell)
            found, wanted = _looked(door, session, sources, False, **names)
            left = make(found, wanted)
            if left.changes:
                raise Differs(
                    "the roles are not as planned after the change",
                    why=left.changes[0].why,
                    where=left.changes[0].statements[0],
                    instead=("rowkeep roles plan",),
                )
        return _audited(door, session, found, wanted, plan=plan_data(planned))


@declared("audit", help="Let the bot try what it must not do, roll it back, and list every way around its rights.")
@_with(*NAMES)
def audit(door: Door, **names: Any) -> int:
    from rowkeep.database.session import connect

    with reach(door) as conninfo, connect(conninfo) as session:
        found, wanted = _looked(door, session, {}, False, **names)
        return _audited(door, session, found, wanted)


def _looked(
    door: Door,
    session: Session,
    sources: dict[str, str],
    set_passwords: bool,
    *,
    bot: str | None,
    migration: str | None,
    owner: str | None,
    schemas: tuple[str, ...],
    deletable: tuple[str, ...],
) -> tuple[Found, Wanted]:
    from rowkeep.database import roles
    from rowkeep.domain.role import Wanted
    from rowkeep.roles.plan import usual_schemas

    database = roles.database(session)
    bot = bot or door.settings.application_role or f"{database}_bot"
    migration = migration or door.settings.migration_role or f"{database}_migration"
    found = roles.look(session, bot=bot, others=(migration, owner or migration))
    named = {"bot": bot, "migration": migration}
    return found, Wanted(
        bot=bot,
        migration=migration,
        owner=owner or migration,
        schemas=schemas or usual_schemas(found),
        deletable=frozenset(deletable),
        secrets=tuple((named[role], source) for role, source in sources.items()),
        all_secrets=set_passwords,
    )


def _audited(door: Door, session: Session, found: Found, wanted: Wanted, **more: object) -> int:
    from rowkeep.database import roles_trial
    from rowkeep.report.roles import audit_data, audit_text
    from rowkeep.roles.audit import clean, findings

    trials = roles_trial.attempt(session, found, wanted)
    newborns = roles_trial.bear(session, found, wanted)
    listed = findings(found, wanted, trials, newborns)
    door.answer(
        audit_text(found, wanted, trials, newborns, listed), **more, audit=audit_data(trials, newborns, listed)
    )
    return 0 if clean(listed) else REFUSED


def _sources(ask: bool) -> dict[str, str]:
    """Where each role's password comes from, in words; roles without one are left out."""
    if ask:
        return dict.fromkeys(VARIABLES, "the prompt")
    return {role: f"${name}" for role, name in VARIABLES.items() if os.environ.get(name)}


def _passwords(wanted: Wanted, secret: set[str]) -> dict[str, str]:
    known: dict[str, str] = {}
    for role, source in wanted.secrets:
        if role not in secret:
            continue
        if source.startswith("$"):
            known[role] = os.environ[source[1:]]
        else:
            known[role] = asked(f"Password of {role!r}", hidden=True)
        hide((known[role],), (role,))
        if "\0" in known[role]:
            raise Misused(f"the password of {role} has a character that no password may have")
    return known


command = click.Group("roles", commands=[plan, apply, audit], help="The application's role and the migration role.")
