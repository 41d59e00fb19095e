"""The handover from the current roles to the new ones: who loses what, its state, and the next step."""

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
    current: RolesOnServer, wanted: WantedRoles, takes: Sequence[RoleChange]
) -> tuple[RightsLoss, ...]:
    """Who loses rights by these changes, now or at the next reconnect. Only roles that can log in count."""
    taken: dict[str, list[str]] = {}
    for change in takes:
        for role in change.takes_from:
            taken.setdefault(role, []).append(change.takes or change.why)
    result = []
    for role, what in taken.items():
        who = tuple(each.name for each in current.roles if _loses(current, wanted, each.name, role))
        if who:
            sessions = sum(role.sessions for role in current.roles if role.name in who)
            result.append(RightsLoss(role, tuple(dict.fromkeys(what)), sessions, who))
    return tuple(result)


def _loses(current: RolesOnServer, wanted: WantedRoles, name: str, role: str) -> bool:
    """Whether login role `name` loses rights that it has through `role` and not through the new owner."""
    login = current.role(name)
    if login is None or not login.login or login.superuser:
        return False
    if role != PUBLIC and role not in reachable_roles(current.memberships, name):
        return False
    if name == role == wanted.bot:
        return True
    return wanted.owner not in inherited_roles(current.memberships, name) and not (
        role == PUBLIC and name in (wanted.owner, wanted.migration)
    )


def apply_command(wanted: WantedRoles, *more: str) -> str:
    """`rowkeep roles apply` with all names spelled out."""
    words = ["rowkeep", "roles", "apply", "--bot", wanted.bot, "--migration", wanted.migration]
    if wanted.owner != wanted.migration:
        words += ["--owner", wanted.owner]
    for schema in wanted.schemas:
        words += ["--schema", schema]
    for table in sorted(wanted.deletable):
        words += ["--may-delete", table]
    return shlex.join([*words, *more])


def accept_losses_command(wanted: WantedRoles, lost: Sequence[RightsLoss]) -> str:
    """The command that takes the old rights away, with consent for each role by name."""
    return apply_command(wanted, *(word for loss in lost for word in (ACCEPT, loss.role)))


def steps(
    current: RolesOnServer,
    wanted: WantedRoles,
    gives: Sequence[RoleChange],
    takes: Sequence[RoleChange],
    lost: Sequence[RightsLoss],
) -> tuple[RoleStep, ...]:
    """The four stages, in order. Exactly one is NEXT while there is something left to do."""
    stages = (
        _create_stage(wanted, gives),
        _password_stage(current, wanted, gives),
        _switch_stage(current, wanted, takes, lost),
        _revoke_stage(wanted, takes, lost),
    )
    result: list[RoleStep] = []
    for step in stages:
        waits = step.stage is RoleStage.NEXT and any(before.stage is RoleStage.NEXT for before in result)
        result.append(RoleStep(step.title, RoleStage.LATER, step.notes, step.type) if waits else step)
    return tuple(result)


def _create_stage(wanted: WantedRoles, gives: Sequence[RoleChange]) -> RoleStep:
    left = [change for change in gives if change.secret is None]
    title = "create the roles and grant their rights"
    if not left:
        return RoleStep(title, RoleStage.DONE)
    return RoleStep(title, RoleStage.NEXT, ("nobody loses anything",), (apply_command(wanted, ONLY_GIVE),))


def without_password(current: RolesOnServer, wanted: WantedRoles, gives: Sequence[RoleChange]) -> tuple[str, ...]:
    """The login roles that have no password and get none by `gives`.

    Only a superuser can see passwords. For other roles these are the roles that do not exist yet.
    """
    set_roles = {change.secret for change in gives if change.secret}
    return tuple(
        name
        for name in (wanted.bot, wanted.migration)
        if name not in set_roles
        and (current.role(name) is None if current.with_password is None else name not in current.with_password)
    )


def password_command(wanted: WantedRoles, *more: str) -> str:
    """The command that sets passwords and takes nothing away."""
    return "ROWKEEP_BOT_PASSWORD=… ROWKEEP_MIGRATION_PASSWORD=… " + apply_command(wanted, ONLY_GIVE, *more)


def _password_stage(current: RolesOnServer, wanted: WantedRoles, gives: Sequence[RoleChange]) -> RoleStep:
    title = "set their passwords"
    set_roles = {change.secret for change in gives if change.secret}
    text = password_command(wanted, *(["--set-passwords"] if current.with_password is None else []))
    if current.with_password is None:
        return RoleStep(title, RoleStage.OPEN, ("only a superuser can see whether they have passwords",), (text,))
    bare = without_password(current, wanted, gives)
    if not bare and not set_roles:
        return RoleStep(title, RoleStage.DONE)
    note = f"{' and '.join(bare)} {'has' if len(bare) == 1 else 'have'} none" if bare else "set in the first stage"
    return RoleStep(title, RoleStage.NEXT, (note,), (text,))


def _switch_stage(
    current: RolesOnServer, wanted: WantedRoles, takes: Sequence[RoleChange], lost: Sequence[RightsLoss]
) -> RoleStep:
    title = f"switch the application to {wanted.bot}"
    host, port = current.address
    before = sorted({name for loss in lost if loss.role != PUBLIC for name in loss.who} - {wanted.bot})
    connected = [role for role in current.roles if role.name in before and role.sessions]
    new = f"the application's DATABASE_URL becomes {_url(wanted.bot, current.database.identity, host, port)}"
    ours = f"`rowkeep up` and `deploy` use {_url(wanted.migration, current.database.identity, host, port)}"
    bot = current.role(wanted.bot)
    if not before:
        if bot is not None and bot.sessions:
            return RoleStep(
                title, RoleStage.DONE, (f"{wanted.bot} has {count_text(bot.sessions, 'session')} now", ours)
            )
        # It is no longer known who connected before, so not whether the application was switched.
        return RoleStep(title, RoleStage.OPEN, (new, ours, f"no session of {wanted.bot} is connected now"))
    if connected:
        counts = ", ".join(f"{role.name} has {role.sessions} open" for role in connected)
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


def _revoke_stage(wanted: WantedRoles, takes: Sequence[RoleChange], lost: Sequence[RightsLoss]) -> RoleStep:
    title = "take the old rights away, when the application no longer needs them"
    if not takes:
        return RoleStep(title, RoleStage.DONE)
    notes = tuple(f"{loss.role} loses {'; '.join(loss.what)}" for loss in lost) or (
        "nobody who can log in loses anything",
    )
    return RoleStep(title, RoleStage.NEXT, notes, (accept_losses_command(wanted, lost),))


def _url(role: str, database: str, host: str, port: str) -> str:
    """An address with the password masked. A directory as host means a unix socket."""
    name = quote(database.strip('"').replace('""', '"'), safe="")
    user = quote(role, safe="")
    if host.startswith("/"):
        return f"postgresql://{user}:***@/{name}?host={quote(host, safe='/')}&port={port}"
    return f"postgresql://{user}:***@{host or 'HOST'}:{port or 'PORT'}/{name}"
