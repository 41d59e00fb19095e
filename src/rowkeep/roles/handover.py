"""The hand-over from the roles of today to the wanted ones: who loses what, where it stands, what is next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from urllib.parse import quote

from rowkeep.domain.count import count_text
from rowkeep.domain.roles.role import RightsLoss, RoleChange, RolesOnServer, RoleStage, RoleStep, WantedRoles
from rowkeep.roles.membership import inherited_roles, reachable_roles

PUBLIC = "PUBLIC"
ONLY_GIVE = "--only-give"
ACCEPT = "--accept-loss-of-rights"
NO_PASSWORDS_NEEDED = "--no-passwords-needed"


def find_rights_losses(
    found: RolesOnServer, wanted: WantedRoles, takes: Sequence[RoleChange]
) -> tuple[RightsLoss, ...]:
    """Who loses rights by these changes, as far as somebody can log in with them, now or at the next reconnect."""
    taken: dict[str, list[str]] = {}
    for change in takes:
        for role in change.takes_from:
            taken.setdefault(role, []).append(change.takes or change.why)
    result = []
    for role, what in taken.items():
        who = tuple(each.name for each in found.roles if _loses(found, wanted, each.name, role))
        if who:
            sessions = sum(each.sessions for each in found.roles if each.name in who)
            result.append(RightsLoss(role, tuple(dict.fromkeys(what)), sessions, who))
    return tuple(result)


def _loses(found: RolesOnServer, wanted: WantedRoles, name: str, role: str) -> bool:
    """Whether the role `name`, which can log in, has by `role` what is taken from it, and not by the new owner."""
    one = found.role(name)
    if one is None or not one.login or one.superuser:
        return False
    if role != PUBLIC and role not in reachable_roles(found.memberships, name):
        return False
    if name == role == wanted.bot:
        return True
    return wanted.owner not in inherited_roles(found.memberships, name) and not (
        role == PUBLIC and name in (wanted.owner, wanted.migration)
    )


def command(wanted: WantedRoles, *more: str) -> str:
    """`rowkeep roles apply` with every name written out."""
    words = ["rowkeep", "roles", "apply", "--bot", wanted.bot, "--migration", wanted.migration]
    if wanted.owner != wanted.migration:
        words += ["--owner", wanted.owner]
    for schema in wanted.schemas:
        words += ["--schema", schema]
    for table in sorted(wanted.deletable):
        words += ["--may-delete", table]
    return shlex.join([*words, *more])


def accept_losses(wanted: WantedRoles, lost: Sequence[RightsLoss]) -> str:
    """The command that takes the old rights, with the consent of each role by name."""
    return command(wanted, *(word for loss in lost for word in (ACCEPT, loss.role)))


def steps(
    found: RolesOnServer,
    wanted: WantedRoles,
    gives: Sequence[RoleChange],
    takes: Sequence[RoleChange],
    lost: Sequence[RightsLoss],
) -> tuple[RoleStep, ...]:
    """The four stages, in order: exactly one is NEXT while anything is left to be done."""
    every = (
        _roles(wanted, gives),
        _passwords(found, wanted, gives),
        _switch(found, wanted, takes, lost),
        _rights(wanted, takes, lost),
    )
    result: list[RoleStep] = []
    for step in every:
        waits = step.stage is RoleStage.NEXT and any(before.stage is RoleStage.NEXT for before in result)
        result.append(RoleStep(step.title, RoleStage.LATER, step.notes, step.type) if waits else step)
    return tuple(result)


def _roles(wanted: WantedRoles, gives: Sequence[RoleChange]) -> RoleStep:
    left = [change for change in gives if change.secret is None]
    title = "make the roles and give them their rights"
    if not left:
        return RoleStep(title, RoleStage.DONE)
    return RoleStep(title, RoleStage.NEXT, ("nobody loses anything by it",), (command(wanted, ONLY_GIVE),))


def without_password(found: RolesOnServer, wanted: WantedRoles, gives: Sequence[RoleChange]) -> tuple[str, ...]:
    """The login roles that have no password and get none by `gives`.

    Only a superuser can see who has one: for anybody else these are the roles that do not exist yet.
    """
    given = {change.secret for change in gives if change.secret}
    return tuple(
        name
        for name in (wanted.bot, wanted.migration)
        if name not in given
        and (found.role(name) is None if found.with_password is None else name not in found.with_password)
    )


def giving_passwords(wanted: WantedRoles, *more: str) -> str:
    """The command that gives passwords and takes nothing."""
    return "ROWKEEP_BOT_PASSWORD=… ROWKEEP_MIGRATION_PASSWORD=… " + command(wanted, ONLY_GIVE, *more)


def _passwords(found: RolesOnServer, wanted: WantedRoles, gives: Sequence[RoleChange]) -> RoleStep:
    title = "give them passwords"
    given = {change.secret for change in gives if change.secret}
    text = giving_passwords(wanted, *(["--set-passwords"] if found.with_password is None else []))
    if found.with_password is None:
        return RoleStep(title, RoleStage.OPEN, ("only a superuser may see whether they have one",), (text,))
    bare = without_password(found, wanted, gives)
    if not bare and not given:
        return RoleStep(title, RoleStage.DONE)
    note = f"{' and '.join(bare)} {'has' if len(bare) == 1 else 'have'} none" if bare else "given with the first stage"
    return RoleStep(title, RoleStage.NEXT, (note,), (text,))


def _switch(
    found: RolesOnServer, wanted: WantedRoles, takes: Sequence[RoleChange], lost: Sequence[RightsLoss]
) -> RoleStep:
    title = f"switch the application to {wanted.bot}"
    host, port = found.address
    before = sorted({name for loss in lost if loss.role != PUBLIC for name in loss.who} - {wanted.bot})
    here = [role for role in found.roles if role.name in before and role.sessions]
    new = f"the application's DATABASE_URL becomes {_url(wanted.bot, found.database.identity, host, port)}"
    ours = f"`rowkeep up` and `deploy` use {_url(wanted.migration, found.database.identity, host, port)}"
    bot = found.role(wanted.bot)
    if not before:
        if bot is not None and bot.sessions:
            return RoleStep(
                title, RoleStage.DONE, (f"{wanted.bot} has {count_text(bot.sessions, 'session')} now", ours)
            )
        # Who connected before is not known any more, and so not whether the application was switched.
        return RoleStep(title, RoleStage.OPEN, (new, ours, f"no session of {wanted.bot} is connected now"))
    if here:
        counts = ", ".join(f"{role.name} has {role.sessions} open" for role in here)
        return RoleStep(title, RoleStage.NEXT, (new, ours, f"sessions now: {counts}"))
    if bot is not None and bot.sessions:
        return RoleStep(
            title,
            RoleStage.DONE,
            (f"{wanted.bot} has {count_text(bot.sessions, 'session')}, {' and '.join(before)} none", ours),
        )
    return RoleStep(
        title, RoleStage.OPEN, (new, ours, f"no session of {' or '.join((*before, wanted.bot))} is connected now")
    )


def _rights(wanted: WantedRoles, takes: Sequence[RoleChange], lost: Sequence[RightsLoss]) -> RoleStep:
    title = "take the old rights, when the application runs without them"
    if not takes:
        return RoleStep(title, RoleStage.DONE)
    notes = tuple(f"{loss.role} loses {'; '.join(loss.what)}" for loss in lost) or (
        "nobody who can log in loses by it",
    )
    return RoleStep(title, RoleStage.NEXT, notes, (accept_losses(wanted, lost),))


def _url(role: str, database: str, host: str, port: str) -> str:
    """An address with stars for the password; a directory as host is a unix socket."""
    name = quote(database.strip('"').replace('""', '"'), safe="")
    user = quote(role, safe="")
    if host.startswith("/"):
        return f"postgresql://{user}:***@/{name}?host={quote(host, safe='/')}&port={port}"
    return f"postgresql://{user}:***@{host or 'HOST'}:{port or 'PORT'}/{name}"
