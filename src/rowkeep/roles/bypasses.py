"""Ways around the rights of the bot: what each kind means, how severe it is, and its fix."""

from __future__ import annotations

from rowkeep.domain.count import count_text
from rowkeep.domain.roles.role import Bypass, RolesOnServer, WantedRoles
from rowkeep.domain.roles.role_audit import RoleFinding, RoleSeverity
from rowkeep.knowledge.forms.keywords import RawSql, fill_template


def bypass_finding(bypass: Bypass, current: RolesOnServer, wanted: WantedRoles) -> RoleFinding:
    """The bypass as a finding. Facts: measured by us on 14-18; manual, 5.8 Privileges and CREATE FUNCTION."""
    subject = RawSql(bypass.subject)
    bot = wanted.bot
    severity, words = RoleSeverity.HIGH, f"{bypass.kind}: {bypass.subject}"
    fix: tuple[str, ...] = ()
    match bypass.kind, bypass.details:
        case "security-definer", (kind, owner, path, setting):
            return _definer(bypass, kind, owner, path, setting)
        case "owner-rights-view", (table,):
            words = f"through the view {bypass.subject} the bot writes {table}, on which it has no right"
            fix = (
                (fill_template("ALTER VIEW {v} SET (security_invoker = true);", v=subject),)
                if current.major >= 15
                else (fill_template("REVOKE INSERT, UPDATE ON {v} FROM {bot};", v=subject, bot=bot),)
            )
        case "key-update", (child, action, columns):
            words = (
                f"an UPDATE of the key of {bypass.subject} rewrites {child} (ON UPDATE {action}), "
                "on which the bot has no right"
            )
            fix = (fill_template("REVOKE UPDATE ON {t} FROM {bot};", t=subject, bot=bot),)
            if columns:
                grant = "GRANT UPDATE ({columns}) ON {t} TO {bot};"
                fix = (*fix, fill_template(grant, columns=RawSql(columns), t=subject, bot=bot))
        case "delete-cascade", (child, action):
            words = (
                f"a DELETE from {bypass.subject} reaches {child} (ON DELETE {action}), whatever the bot may do there"
            )
            fix = (fill_template("REVOKE DELETE ON {t} FROM {bot};", t=subject, bot=bot),)
        case "dangerous-function", _:
            severity = RoleSeverity.CRITICAL
            words = f"the bot may call {bypass.subject}, which reaches the server's files, settings or other databases"
            fix = (fill_template("REVOKE EXECUTE ON FUNCTION {f} FROM PUBLIC, {bot};", f=subject, bot=bot),)
        case "untrusted-language", _:
            severity = RoleSeverity.CRITICAL
            words = (
                f"{bypass.subject} is marked as trusted: its functions run as the operating system user of the server"
            )
            fix = (fill_template("REVOKE USAGE ON LANGUAGE {l} FROM PUBLIC, {bot};", l=subject, bot=bot),)
        case "foreign-server", _:
            words = f"the bot can create user mappings and foreign tables on server {bypass.subject}"
            fix = (fill_template("REVOKE USAGE ON FOREIGN SERVER {s} FROM PUBLIC, {bot};", s=subject, bot=bot),)
        case "foreign-data-wrapper", _:
            words = f"the bot can define foreign servers with {bypass.subject}"
            fix = (fill_template("REVOKE USAGE ON FOREIGN DATA WRAPPER {f} FROM PUBLIC, {bot};", f=subject, bot=bot),)
        case "large-objects", (count,):
            words = f"the bot can overwrite {count_text(int(count), 'large object')} of others, first {bypass.subject}"
            fix = (fill_template("REVOKE UPDATE ON LARGE OBJECT {o} FROM PUBLIC, {bot};", o=subject, bot=bot),)
        case "lo-compat", _:
            severity = RoleSeverity.CRITICAL
            words = "lo_compat_privileges is on: every role reads and overwrites every large object"
            fix = ("ALTER SYSTEM RESET lo_compat_privileges;", "SELECT pg_reload_conf();")
        case "other-database", _:
            severity = RoleSeverity.MEDIUM
            words = f"the bot can connect to database {bypass.subject}, which it does not need"
            fix = (fill_template("REVOKE CONNECT ON DATABASE {d} FROM PUBLIC, {bot};", d=subject, bot=bot),)
        case "owned-database", _:
            severity = RoleSeverity.CRITICAL
            words = f"the bot owns database {bypass.subject} and can drop it"
            fix = (fill_template("ALTER DATABASE {d} OWNER TO {owner};", d=subject, owner=wanted.owner),)
        case "owned-extension", _:
            words = f"the bot owns extension {bypass.subject}: DROP EXTENSION … CASCADE drops columns of tables, too"
            fix = (fill_template("REASSIGN OWNED BY {bot} TO {owner};", bot=bot, owner=wanted.owner),)
        case "parameter", (right, grantee):
            words = f"{right} on the server parameter {bypass.subject} is granted to {grantee or 'PUBLIC'}"
            fix = (
                fill_template(
                    "REVOKE {right} ON PARAMETER {p} FROM {who};",
                    right=RawSql(right),
                    p=subject,
                    who=grantee or RawSql("PUBLIC"),
                ),
            )
    return RoleFinding(severity, bypass.kind, bypass.subject, words, fix)


def _definer(bypass: Bypass, kind: str, owner: str, path: str, setting: str) -> RoleFinding:
    severity = RoleSeverity.MEDIUM
    words = f"{bypass.subject} runs with the rights of {owner} when the bot calls it"
    routine = RawSql(bypass.subject)
    fix: tuple[str, ...] = (
        fill_template("REVOKE EXECUTE ON {kind} {f} FROM PUBLIC;", kind=RawSql(kind.upper()), f=routine),
    )
    if path in ("none", "open"):
        severity = RoleSeverity.CRITICAL
        words += ", and can be tricked with the caller's temporary tables: its search_path does not end in pg_temp"
        closed = fill_template(
            "ALTER {kind} {f} SET search_path = {path}, pg_temp;",
            kind=RawSql(kind.upper()),
            f=routine,
            path=RawSql(setting),
        )
        fix = (closed, *fix)
    return RoleFinding(severity, bypass.kind, bypass.subject, words, fix)
