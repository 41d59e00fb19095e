"""What each kind of hole means, in words, how bad it is, and what mends it."""

from __future__ import annotations

from rowkeep.domain.audit import RoleFinding, Severity
from rowkeep.domain.count import count_text
from rowkeep.domain.role import Found, Hole, Wanted
from rowkeep.knowledge.keywords import Written, fill


def finding(hole: Hole, found: Found, wanted: Wanted) -> RoleFinding:
    """The hole as a finding. Facts: measured for this project on 14-18; manual, 5.8 Privileges and CREATE FUNCTION."""
    subject = Written(hole.subject)
    bot = wanted.bot
    severity, words = Severity.HIGH, f"{hole.kind}: {hole.subject}"
    mend: tuple[str, ...] = ()
    match hole.kind, hole.details:
        case "security-definer", (kind, owner, path, setting):
            return _definer(hole, kind, owner, path, setting)
        case "owner-rights-view", (table,):
            words = f"through the view {hole.subject} the bot writes {table}, on which it has no right"
            mend = (
                (fill("ALTER VIEW {v} SET (security_invoker = true);", v=subject),)
                if found.major >= 15
                else (fill("REVOKE INSERT, UPDATE ON {v} FROM {bot};", v=subject, bot=bot),)
            )
        case "key-update", (child, action, columns):
            words = (
                f"an UPDATE of the key of {hole.subject} rewrites {child} (ON UPDATE {action}), "
                "on which the bot has no right"
            )
            mend = (fill("REVOKE UPDATE ON {t} FROM {bot};", t=subject, bot=bot),)
            if columns:
                grant = "GRANT UPDATE ({columns}) ON {t} TO {bot};"
                mend = (*mend, fill(grant, columns=Written(columns), t=subject, bot=bot))
        case "delete-cascade", (child, action):
            words = f"a DELETE from {hole.subject} reaches {child} (ON DELETE {action}), whatever the bot may do there"
            mend = (fill("REVOKE DELETE ON {t} FROM {bot};", t=subject, bot=bot),)
        case "dangerous-function", _:
            severity = Severity.CRITICAL
            words = f"the bot may call {hole.subject}, which reaches the server's files, settings or other databases"
            mend = (fill("REVOKE EXECUTE ON FUNCTION {f} FROM PUBLIC, {bot};", f=subject, bot=bot),)
        case "untrusted-language", _:
            severity = Severity.CRITICAL
            words = f"{hole.subject} is marked as trusted: its functions act as the server's operating system user"
            mend = (fill("REVOKE USAGE ON LANGUAGE {l} FROM PUBLIC, {bot};", l=subject, bot=bot),)
        case "foreign-server", _:
            words = f"the bot can make user mappings and foreign tables on server {hole.subject}"
            mend = (fill("REVOKE USAGE ON FOREIGN SERVER {s} FROM PUBLIC, {bot};", s=subject, bot=bot),)
        case "foreign-data-wrapper", _:
            words = f"the bot can define foreign servers with {hole.subject}"
            mend = (fill("REVOKE USAGE ON FOREIGN DATA WRAPPER {f} FROM PUBLIC, {bot};", f=subject, bot=bot),)
        case "large-objects", (count,):
            words = f"the bot can overwrite {count_text(int(count), 'large object')} of others, first {hole.subject}"
            mend = (fill("REVOKE UPDATE ON LARGE OBJECT {o} FROM PUBLIC, {bot};", o=subject, bot=bot),)
        case "lo-compat", _:
            severity = Severity.CRITICAL
            words = "lo_compat_privileges is on: every role reads and overwrites every large object"
            mend = ("ALTER SYSTEM RESET lo_compat_privileges;", "SELECT pg_reload_conf();")
        case "other-database", _:
            severity = Severity.MEDIUM
            words = f"the bot can connect to database {hole.subject}, which is none of its business"
            mend = (fill("REVOKE CONNECT ON DATABASE {d} FROM PUBLIC, {bot};", d=subject, bot=bot),)
        case "owned-database", _:
            severity = Severity.CRITICAL
            words = f"the bot owns database {hole.subject} and can drop it"
            mend = (fill("ALTER DATABASE {d} OWNER TO {owner};", d=subject, owner=wanted.owner),)
        case "owned-extension", _:
            words = f"the bot owns extension {hole.subject}: DROP EXTENSION … CASCADE takes tables' columns along"
            mend = (fill("REASSIGN OWNED BY {bot} TO {owner};", bot=bot, owner=wanted.owner),)
        case "parameter", (right, grantee):
            words = f"{right} on the server parameter {hole.subject} is granted to {grantee or 'PUBLIC'}"
            mend = (
                fill(
                    "REVOKE {right} ON PARAMETER {p} FROM {who};",
                    right=Written(right),
                    p=subject,
                    who=grantee or Written("PUBLIC"),
                ),
            )
    return RoleFinding(severity, hole.kind, hole.subject, words, mend)


def _definer(hole: Hole, kind: str, owner: str, path: str, setting: str) -> RoleFinding:
    severity = Severity.MEDIUM
    words = f"{hole.subject} runs with the rights of {owner} when the bot calls it"
    routine = Written(hole.subject)
    mend: tuple[str, ...] = (fill("REVOKE EXECUTE ON {kind} {f} FROM PUBLIC;", kind=Written(kind.upper()), f=routine),)
    if path in ("none", "open"):
        severity = Severity.CRITICAL
        words += ", and finds its tables wherever the caller's temporary ones lie: search_path does not end in pg_temp"
        closed = fill(
            "ALTER {kind} {f} SET search_path = {path}, pg_temp;",
            kind=Written(kind.upper()),
            f=routine,
            path=Written(setting),
        )
        mend = (closed, *mend)
    return RoleFinding(severity, hole.kind, hole.subject, words, mend)
