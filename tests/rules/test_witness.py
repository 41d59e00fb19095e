"""The server is the witness: every rule's SQL runs on real servers, and does there what its page claims.

One database a major. Each rule finds it empty: what the rule before has left is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from tests.patience import PATIENCE_S

from rowkeep import rules
from rowkeep.domain.lint.finding import Category
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import LockClaim, Rule
from rowkeep.domain.statement import TransactionUse
from rowkeep.files import read_text
from rowkeep.parse import parse_section

pytestmark = pytest.mark.majors(14, 15, 16, 17, 18)

# The text of a transaction rule's examples is what is wrong with it, unless it claims that the server refuses it.
# What writes to another server needs one; tests/analysis/test_foreign_tables.py has its forms.
ELSEWHERE = frozenset({"write-to-foreign-table"})
RUNNING = [
    rule
    for rule in rules.every()
    if (rule.category is not Category.TRANSACTION or rule.claims) and rule.name not in ELSEWHERE
]

LEFT = """
    SELECT 'SCHEMA', nspname FROM pg_catalog.pg_namespace
     WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    UNION ALL SELECT 'EVENT TRIGGER', evtname FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'PUBLICATION', pubname FROM pg_catalog.pg_publication
    UNION ALL SELECT 'EXTENSION', extname FROM pg_catalog.pg_extension WHERE extname <> 'plpgsql'
    UNION ALL SELECT 'DATABASE', datname FROM pg_catalog.pg_database
     WHERE datname NOT IN ('postgres', 'template0', 'template1', pg_catalog.current_database())
    UNION ALL SELECT 'TABLESPACE', spcname FROM pg_catalog.pg_tablespace WHERE spcname NOT LIKE 'pg\\_%'
    UNION ALL SELECT 'ACCESS METHOD', amname FROM pg_catalog.pg_am WHERE oid >= 16384
    UNION ALL SELECT 'ROLE', rolname FROM pg_catalog.pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> 'postgres'
"""
RELATION = "SELECT pg_catalog.to_regclass(%s)::oid, pg_catalog.pg_relation_filenode(pg_catalog.to_regclass(%s))"
LOCKS = """
    SELECT mode FROM pg_catalog.pg_locks
     WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND relation = %s AND granted
"""
SCANS = "SELECT pg_catalog.pg_stat_get_xact_numscans(%s)"


@dataclass(frozen=True)
class Seen:
    """What a transaction has done to one table."""

    lock: LockMode | None
    rewrites: bool
    scans: bool


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True, connect_timeout=10) as opened:
        opened.execute("SET statement_timeout = '20s'")
        yield opened


def cleared(connection: psycopg.Connection) -> None:
    """An empty database again."""
    for kind, name in connection.execute(LEFT.encode()).fetchall():
        what = sql.SQL(kind)
        if kind == "ROLE":
            connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        tail = sql.SQL(" CASCADE" if kind in ("SCHEMA", "EXTENSION") else "")
        connection.execute(sql.SQL("DROP {} IF EXISTS {}{}").format(what, sql.Identifier(name), tail))
    connection.execute("CREATE SCHEMA public")
    connection.execute("RESET ALL")
    connection.execute("SET statement_timeout = '20s'")


def statements(text: str) -> list[tuple[str, TransactionUse]]:
    migration = read_text("1_example.sql", text, "node-pg-migrate")
    return [(each.text, each.transaction) for each in parse_section(migration.up).statements]


@contextmanager
def carried_out(connection: psycopg.Connection, example: tuple[str, ...]) -> Iterator[None]:
    """The example as the runner would run it; the last migration's transaction is still open while the body runs."""
    for number, text in enumerate(example, 1):
        parts = statements(text)
        if any(use is not TransactionUse.ANY for _, use in parts):
            for part, _ in parts:
                connection.execute(part.encode())
            if number == len(example):
                yield
            continue
        with connection.transaction(force_rollback=False):
            for part, _ in parts:
                connection.execute(part.encode())
            if number == len(example):
                yield


def measured(connection: psycopg.Connection, example: tuple[str, ...], table: str) -> Seen:
    """What the last migration of the example does."""
    if len(example) > 1:
        with carried_out(connection, example[:-1]):
            pass
        example = example[-1:]
    (before, file) = connection.execute(RELATION, (table, table)).fetchone() or (None, None)
    assert before is not None, f"the table {table} of the claim is not there"
    if any(use is not TransactionUse.ANY for _, use in statements(example[-1])):
        asked = asked_for(connection, example, before)
        now = connection.execute("SELECT pg_catalog.pg_relation_filenode(%s)", (before,)).fetchone()
        # Its commit hands the count of scans on, at a time of its own: it is not looked at.
        return Seen(asked, now is not None and now[0] not in (None, file), scans=False)
    # The counter also holds earlier transactions, until the server reports them at the end of one: the difference
    # is taken within one transaction, and the example runs in a subtransaction of it.
    with connection.transaction():
        earlier = scans(connection, before)
        with carried_out(connection, example):
            modes = [LockMode(mode) for (mode,) in connection.execute(LOCKS, (before,)).fetchall()]
            more = scans(connection, before) - earlier
            now = connection.execute("SELECT pg_catalog.pg_relation_filenode(%s)", (before,)).fetchone()
    lock = max(modes, key=lambda mode: mode.strength, default=None)
    return Seen(lock, now is not None and now[0] not in (None, file), more > 0)


def asked_for(connection: psycopg.Connection, example: tuple[str, ...], table: int) -> LockMode | None:
    """The lock for which statements outside a transaction wait, while somebody reads the table."""
    waiting = "SELECT mode FROM pg_catalog.pg_locks WHERE relation = %s AND NOT granted"

    def carry_out() -> None:
        with carried_out(connection, example):
            pass

    with psycopg.connect(connection.info.dsn, autocommit=True) as reader, ThreadPoolExecutor(1) as pool:
        with reader.transaction():
            name = reader.execute("SELECT %s::regclass::text", (table,)).fetchone()
            assert name is not None
            reader.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(name[0])))
            done, asked = pool.submit(carry_out), None
            while asked is None and not done.done():
                wait((done,), timeout=0.01)
                asked = reader.execute(waiting, (table,)).fetchone()
        done.result(timeout=PATIENCE_S)
    return LockMode(asked[0]) if asked is not None else None


def scans(connection: psycopg.Connection, table: int) -> int:
    return (connection.execute(SCANS, (table,)).fetchone() or (0,))[0] or 0


def given(connection: psycopg.Connection, rule: Rule) -> None:
    cleared(connection)
    for text, _ in statements(rules.page_of(rule).given_sql):
        connection.execute(text.encode())


def of_major(claim: LockClaim, connection: psycopg.Connection) -> bool:
    return not claim.majors or connection.info.server_version // 10000 in claim.majors


def test_every_claim_is_true(connection: psycopg.Connection) -> None:
    """Each claim of each rule, measured in the open transaction of its first unsafe example."""
    wrong = []
    for rule in RUNNING:
        for claim in rule.claims:
            if not of_major(claim, connection) or claim.fails:
                continue
            given(connection, rule)
            seen = measured(connection, rules.page_of(rule).examples("Unsafe")[0], claim.on)
            if seen != Seen(claim.lock, claim.rewrites, claim.scans):
                wrong.append(f"{rule.name}: claims {claim}, measured {seen}")
    assert not wrong, "\n".join(wrong)


def test_every_example_runs(connection: psycopg.Connection) -> None:
    """The unsafe SQL is right SQL, the safe SQL too; what a claim says fails does so, and with its SQLSTATE."""
    wrong = []
    for rule in RUNNING:
        fails = {claim.fails for claim in rule.claims if claim.fails and of_major(claim, connection)}
        for section in ("Unsafe", "Safe"):
            for number, example in enumerate(rules.page_of(rule).examples(section), 1):
                if not _possible(connection, example):
                    continue
                given(connection, rule)
                expected = fails if section == "Unsafe" and number == 1 else set()
                state = ""
                try:
                    with carried_out(connection, example):
                        pass
                except psycopg.Error as error:
                    state = error.sqlstate or "?"
                    words = str(error).splitlines()[0]
                if (expected and state not in expected) or (not expected and state):
                    wrong.append(f"{rule.name}, {section} {number}: {(state and words) or 'runs, but should fail'}")
    assert not wrong, "\n".join(wrong)


def test_the_safe_form_holds_the_table_less(connection: psycopg.Connection) -> None:
    """A lock rule's safe example takes a weaker lock, or holds it without the scan and the rewrite."""
    wrong = []
    for rule in RUNNING:
        if rule.category is not Category.LOCK:
            continue
        for claim in rule.claims:
            if claim.fails or claim.lock is None or not of_major(claim, connection):
                continue
            for number, example in enumerate(rules.page_of(rule).examples("Safe"), 1):
                for last in range(1, len(example) + 1):
                    if not _possible(connection, example) or any(
                        use is not TransactionUse.ANY for _, use in statements(example[last - 1])
                    ):
                        continue
                    given(connection, rule)
                    seen = measured(connection, example[:last], claim.on)
                    weaker = seen.lock is None or seen.lock.strength < claim.lock.strength
                    quicker = (claim.scans or claim.rewrites) and not (seen.scans or seen.rewrites)
                    if not (weaker or quicker):
                        wrong.append(f"{rule.name}, safe {number}, migration {last}: {seen}")
    assert not wrong, "\n".join(wrong)


def _possible(connection: psycopg.Connection, example: tuple[str, ...]) -> bool:
    """Whether the server has the extension that a comment `-- needs …` names, and is new enough for `-- since …`."""
    for text in example:
        for word in re.findall(r"^-- needs (\w+)$", text, re.MULTILINE):
            there = connection.execute("SELECT FROM pg_catalog.pg_available_extensions WHERE name = %s", (word,))
            if there.fetchone() is None:
                return False
        for major in re.findall(r"^-- since (\d+)$", text, re.MULTILINE):
            if connection.info.server_version // 10000 < int(major):
                return False
    return True
