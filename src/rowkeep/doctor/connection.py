"""Whether the server can be reached, directly and encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import ConnectionFacts, DoctorFacts, Unavailable
from rowkeep.domain.health_check import Check, CheckResult

POOLER_PORTS = {6432: "PgBouncer's usual port", 6543: "Supavisor's transaction port"}

# Messages of libpq and the server (English: libpq's wheel has no translations). The first match wins.
ADVICE = (
    ("failed to resolve host", "the name of the host is misspelt, or this network does not know it"),
    ("could not translate host name", "the name of the host is misspelt, or this network does not know it"),
    ("Connection refused", "nothing listens there: is the server running, and is this its port?"),
    ("No such file or directory", "no server at this socket: name the host, -d postgresql://USER@HOST/DATABASE"),
    ("timeout expired", "no answer: a firewall, or the wrong host"),
    ("password authentication failed", "the password is wrong: set PGPASSWORD, or a line in ~/.pgpass (mode 0600)"),
    ("no password supplied", "give the password: set PGPASSWORD, or a line in ~/.pgpass (mode 0600)"),
    ("no pg_hba.conf entry", "the server allows this user only from elsewhere, or only with TLS (sslmode=require)"),
    (
        "certificate verify failed",
        "the server's certificate is not trusted: set sslrootcert to system or to the server's root certificate",
    ),
    ("does not support SSL", "the server has no TLS: use sslmode=prefer if you trust the network"),
    ("too many clients", "all connections are taken: try again, or raise max_connections"),
    ("remaining connection slots", "all connections are taken: try again, or raise max_connections"),
    ("the database system is", "the server is starting or stopping: try again"),
    ("does not exist", "there is no such database or role: psql -l lists the databases"),
)


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """The server is reachable, without a pooler in between, and encrypted."""
    if facts.database is None:
        obstacle = facts.unreached or Unavailable("not tried")
        yield Check("connection", CheckResult.FAIL, obstacle.what, obstacle.why, connection_advice(obstacle))
        return
    server, connection = facts.database.server, facts.database.connection
    where = f"{connection.host or 'a local socket'}:{connection.port}"
    yield Check("connection", CheckResult.OK, f"{server.database} on {where} as {server.role}")
    yield _pooler(connection)
    yield _encryption(connection)


def connection_advice(obstacle: Unavailable) -> tuple[str, ...]:
    """The next step, chosen by the message of libpq or the server."""
    for words, what in ADVICE:
        if words in obstacle.why:
            return (what,)
    return tuple(step for step in obstacle.instead if step != "rowkeep doctor")


def _pooler(connection: ConnectionFacts) -> Check:
    why = "with a transaction pooler a SET affects the application's sessions, and the run lock does not work"
    direct = ("connect to the server itself: port 5432, without -pooler in the host name",)
    if len({connection.login_pid, *connection.pids}) > 1:
        pids = ", ".join(map(str, dict.fromkeys((connection.login_pid, *connection.pids))))
        return Check("pooler", CheckResult.FAIL, f"the server process changes ({pids}): a pooler", why, direct)
    if connection.port in POOLER_PORTS:
        words = f"port {connection.port} is {POOLER_PORTS[connection.port]}"
        return Check("pooler", CheckResult.WARN, f"{words}, though the server process stayed the same", why, direct)
    if "-pooler" in connection.host or ".pooler." in connection.host:
        words = f"{connection.host} is the name of a pooler"
        return Check("pooler", CheckResult.WARN, f"{words}, though the server process stayed the same", why, direct)
    return Check("pooler", CheckResult.OK, "none: the same server process answers every statement")


def _encryption(connection: ConnectionFacts) -> Check:
    local = (
        not connection.host or connection.host.startswith("/") or connection.host in ("localhost", "127.0.0.1", "::1")
    )
    if local or (connection.encrypted and connection.sslmode == "verify-full"):
        return Check("encryption", CheckResult.OK, "local" if local else "TLS with a verified server certificate")
    if connection.encrypted:
        return Check(
            "encryption",
            CheckResult.WARN,
            f"TLS, but sslmode={connection.sslmode} does not verify the server",
            "an attacker in between can read the data and the backup",
            ("add sslmode=verify-full&sslrootcert=system to the URL",),
        )
    return Check(
        "encryption",
        CheckResult.WARN,
        "not encrypted",
        "the password verifier, data and backup cross the network unencrypted",
        ("add sslmode=verify-full&sslrootcert=system to the URL",),
    )
