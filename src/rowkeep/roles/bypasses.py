"""What each kind of hole means, in words, how bad it is, and what mends it."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.roles.role import Bypass, RolesOnServer, WantedRoles
from rowkeep.domain.roles.role_audit import RoleFinding, RoleSeverity
from rowkeep.knowledge.forms.keywords import RawSql, fill_template


def bypass_finding(hole: Bypass, found: RolesOnServer, wanted: WantedRoles) -> RoleFinding:
    """The hole as a finding. Facts: measured for this project on 14-18; manual, 5.8 Privileges and CREATE FUNCTION."""
    subject = RawSql(hole.subject)
    bot = wanted.bot
    severity, words = RoleSeverity.HIGH, f"{hole.kind}: {hole.subject}"
    fix: tuple[str, ...] = ()
    match hole.kind, hole.details:
        case "security-definer", (kind, owner, path, setting):
            return _definer(hole, kind, owner, path, setting)
        case "owner-rights-view", (table,):
            words = f"through the view {hole.subject} the bot writes {table}, on which it has no right"
            fix = (
                (fill_template("ALTER VIEW {v} SET (security_invoker = true);", v=subject),)
                if found.major >= 15
                else (fill_template("REVOKE INSERT, UPDATE ON {v} FROM {bot};", v=subject, bot=bot),)
            )
        case "key-update", (child, action, columns):
            words = (
                f"an UPDATE of the key of {hole.subject} rewrites {child} (ON UPDATE {action}), "
                "on which the bot has no right"
            )
            fix = (fill_template("REVOKE UPDATE ON {t} FROM {bot};", t=subject, bot=bot),)
            if columns:
                grant = "GRANT UPDATE ({columns}) ON {t} TO {bot};"
                fix = (*fix, fill_template(grant, columns=RawSql(columns), t=subject, bot=bot))
        case "delete-cascade", (child, action):
            words = f"a DELETE from {hole.subject} reaches {child} (ON DELETE {action}), whatever the bot may do there"
            fix = (fill_template("REVOKE DELETE ON {t} FROM {bot};", t=subject, bot=bot),)
        case "dangerous-function", _:
            severity = RoleSeverity.CRITICAL
            words = f"the bot may call {hole.subject}, which reaches the server's files, settings or other databases"
            fix = (fill_template("REVOKE EXECUTE ON FUNCTION {f} FROM PUBLIC, {bot};", f=subject, bot=bot),)
        case "untrusted-language", _:
            severity = RoleSeverity.CRITICAL
            words = f"{hole.subject} is marked as trusted: its functions act as the server's operating system user"
            fix = (fill_template("REVOKE USAGE ON LANGUAGE {l} FROM PUBLIC, {bot};", l=subject, bot=bot),)
        case "foreign-server", _:
            words = f"the bot can make user mappings and foreign tables on server {hole.subject}"
            fix = (fill_template("REVOKE USAGE ON FOREIGN SERVER {s} FROM PUBLIC, {bot};", s=subject, bot=bot),)
        case "foreign-data-wrapper", _:
            words = f"the bot can define foreign servers with {hole.subject}"
            fix = (fill_template("REVOKE USAGE ON FOREIGN DATA WRAPPER {f} FROM PUBLIC, {bot};", f=subject, bot=bot),)
        case "large-objects", (count,):
            words = f"the bot can overwrite {count_text(int(count), 'large object')} of others, first {hole.subject}"
            fix = (fill_template("REVOKE UPDATE ON LARGE OBJECT {o} FROM PUBLIC, {bot};", o=subject, bot=bot),)
        case "lo-compat", _:
            severity = RoleSeverity.CRITICAL
            words = "lo_compat_privileges is on: every role reads and overwrites every large object"
            fix = ("ALTER SYSTEM RESET lo_compat_privileges;", "SELECT pg_reload_conf();")
        case "other-database", _:
            severity = RoleSeverity.MEDIUM
            words = f"the bot can connect to database {hole.subject}, which is none of its business"
            fix = (fill_template("REVOKE CONNECT ON DATABASE {d} FROM PUBLIC, {bot};", d=subject, bot=bot),)
        case "owned-database", _:
            severity = RoleSeverity.CRITICAL
            words = f"the bot owns database {hole.subject} and can drop it"
            fix = (fill_template("ALTER DATABASE {d} OWNER TO {owner};", d=subject, owner=wanted.owner),)
        case "owned-extension", _:
            words = f"the bot owns extension {hole.subject}: DROP EXTENSION … CASCADE takes tables' columns along"
            fix = (fill_template("REASSIGN OWNED BY {bot} TO {owner};", bot=bot, owner=wanted.owner),)
        case "parameter", (right, grantee):
            words = f"{right} on the server parameter {hole.subject} is granted to {grantee or 'PUBLIC'}"
            fix = (
                fill_template(
                    "REVOKE {right} ON PARAMETER {p} FROM {who};",
                    right=RawSql(right),
                    p=subject,
                    who=grantee or RawSql("PUBLIC"),
                ),
            )
    return RoleFinding(severity, hole.kind, hole.subject, words, fix)


def _definer(hole: Bypass, kind: str, owner: str, path: str, setting: str) -> RoleFinding:
    severity = RoleSeverity.MEDIUM
    words = f"{hole.subject} runs with the rights of {owner} when the bot calls it"
    routine = RawSql(hole.subject)
    fix: tuple[str, ...] = (
        fill_template("REVOKE EXECUTE ON {kind} {f} FROM PUBLIC;", kind=RawSql(kind.upper()), f=routine),
    )
    if path in ("none", "open"):
        severity = RoleSeverity.CRITICAL
        words += ", and finds its tables wherever the caller's temporary ones lie: search_path does not end in pg_temp"
        closed = fill_template(
            "ALTER {kind} {f} SET search_path = {path}, pg_temp;",
            kind=RawSql(kind.upper()),
            f=routine,
            path=RawSql(setting),
        )
        fix = (closed, *fix)
    return RoleFinding(severity, hole.kind, hole.subject, words, fix)
