"""Whether the server is reached, directly, and safely from listeners."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.doctor_facts import ConnectionFacts, DoctorFacts, Unavailable
from rowkeep.domain.health_check import Check, CheckResult

POOLER_PORTS = {6432: "PgBouncer's usual port", 6543: "Supavisor's transaction port"}

# libpq's and the server's words (English: their messages are not translated in libpq's own wheel), first match wins.
ADVICE = (
    ("failed to resolve host", "the name of the host is misspelt, or this network does not know it"),
    ("could not translate host name", "the name of the host is misspelt, or this network does not know it"),
    ("Connection refused", "nothing listens there: is the server running, and is this its port?"),
    ("No such file or directory", "no server behind this socket: name its host, -d postgresql://USER@HOST/DATABASE"),
    ("timeout expired", "no answer: a firewall, or the wrong host"),
    ("password authentication failed", "the password is wrong: set PGPASSWORD, or a line in ~/.pgpass (mode 0600)"),
    ("no password supplied", "give the password: set PGPASSWORD, or a line in ~/.pgpass (mode 0600)"),
    ("no pg_hba.conf entry", "the server lets this user in from elsewhere only, or with TLS only (sslmode=require)"),
    ("certificate verify failed", "the server's certificate is not trusted: sslrootcert=system, or its own root"),
    ("does not support SSL", "the server has no TLS: sslmode=prefer, if the network is your own"),
    ("too many clients", "all connections are taken: try again, or raise max_connections"),
    ("remaining connection slots", "all connections are taken: try again, or raise max_connections"),
    ("the database system is", "the server is starting or stopping: try again"),
    ("does not exist", "the database or the role has another name: psql -l lists the databases"),
)


def checks(facts: DoctorFacts) -> Iterator[Check]:
    """Reached; no pooler between; the line is encrypted."""
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
    """What to type, by libpq's and the server's own words."""
    for words, what in ADVICE:
        if words in obstacle.why:
            return (what,)
    return tuple(each for each in obstacle.instead if each != "rowkeep doctor")


def _pooler(connection: ConnectionFacts) -> Check:
    why = (
        "behind a transaction pooler a SET reaches the application's sessions, and the lock that keeps two runs apart "
        "does not hold"
    )
    direct = ("connect to the server itself: its own port (5432), without -pooler in the host's name",)
    if len({connection.login_pid, *connection.pids}) > 1:
        pids = ", ".join(map(str, dict.fromkeys((connection.login_pid, *connection.pids))))
        return Check(
            "pooler", CheckResult.FAIL, f"the server process changes under us ({pids}): a pooler", why, direct
        )
    if connection.port in POOLER_PORTS:
        words = f"port {connection.port} is {POOLER_PORTS[connection.port]}"
        return Check("pooler", CheckResult.WARN, f"{words}, though the server process stayed the same", why, direct)
    if "-pooler" in connection.host or ".pooler." in connection.host:
        words = f"{connection.host} is the name of a pooler"
        return Check("pooler", CheckResult.WARN, f"{words}, though the server process stayed the same", why, direct)
    return Check("pooler", CheckResult.OK, "none: every statement is answered by the same server process")


def _encryption(connection: ConnectionFacts) -> Check:
    local = (
        not connection.host or connection.host.startswith("/") or connection.host in ("localhost", "127.0.0.1", "::1")
    )
    if local or (connection.encrypted and connection.sslmode == "verify-full"):
        return Check(
            "encryption", CheckResult.OK, "local" if local else "TLS, and the server's certificate is verified"
        )
    if connection.encrypted:
        return Check(
            "encryption",
            CheckResult.WARN,
            f"TLS, but sslmode={connection.sslmode} does not verify who answers",
            "whoever sits between can read the data and the backup",
            ("add sslmode=verify-full&sslrootcert=system to the URL",),
        )
    return Check(
        "encryption",
        CheckResult.WARN,
        "not encrypted",
        "password verifier, data and backup cross the network in the open",
        ("add sslmode=verify-full&sslrootcert=system to the URL",),
    )
