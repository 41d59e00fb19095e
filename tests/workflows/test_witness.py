"""The server as witness: what statements do on real servers, what that refutes and adds, and what it must not."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from rowkeep import rules, scratch
from rowkeep.analysis import LintOptions, analyze
from rowkeep.analysis.witness.weigh_evidence import weigh_evidence
from rowkeep.database.connection.signals import handle_signals
from rowkeep.database.witness import run_scripts as room
from rowkeep.database.witness.run_scripts import open_witness
from rowkeep.database.witness.setup import set_up_witness
from rowkeep.domain.lint.finding import LintResult
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.lint.witness import (
    LostObject,
    NotRun,
    PriorObjects,
    StatementEvidence,
    WitnessEvidence,
    WitnessScript,
)
from rowkeep.domain.migration import Migration
from rowkeep.files import read_text
from rowkeep.plan.named_roles import find_named_roles
from rowkeep.plan.scripts import witness_script
from rowkeep.workflows.witness import run_scripts

GIVEN = """
CREATE TABLE orders (id bigint PRIMARY KEY, email text, customer_id bigint, code varchar(50));
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE VIEW open_orders AS SELECT id FROM orders;
CREATE TABLE events (id bigint, day date) PARTITION BY RANGE (day);
"""
WITNESSED = [rule for rule in rules.every() if rule.witnessed]
AX = LockMode.ACCESS_EXCLUSIVE
NUMBERS = itertools.count(1)


def migration(number: int, text: str) -> Migration:
    found = read_text(f"{number}_step.sql", text, "node-pg-migrate")
    assert found is not None
    return found


def ask(server: scratch.Server, *texts: str) -> tuple[list[Migration], list[StatementEvidence], list[NotRun]]:
    """The last text is watched, the others are replayed."""
    migrations = [migration(number, text) for number, text in enumerate(texts, 1)]
    scripts = [witness_script(each) for each in migrations]
    statements = [each for one in scripts if isinstance(one, WitnessScript) for each in one.statements]
    database = f"witness_{next(NUMBERS)}"
    set_up_witness(server.conninfo(), [(database, ("public",))], find_named_roles(statements))
    with handle_signals() as interrupts, open_witness(server.conninfo(database), interrupts, ("public",)) as at:
        watched, unrun = run_scripts(at, [(one is scripts[-1], one) for one in scripts])
    return migrations, watched, unrun


def analyzed(server: scratch.Server, *texts: str, **options: Any) -> LintResult:
    """The verdict on the last text, before and after the witness has spoken."""
    migrations, watched, unrun = ask(server, *texts)
    chosen = LintOptions(only={migrations[-1].name}, major=server.major)
    evidence = WitnessEvidence(server.major, PriorObjects.REPLAYED, tuple(watched), tuple(unrun))
    return weigh_evidence(analyze(migrations, chosen), migrations[-1:], evidence, chosen, **options)


def names(result: LintResult) -> set[str]:
    return {finding.rule for finding in result.findings}


def refuted(result: LintResult) -> set[str]:
    return {each.finding.rule for each in result.withdrawn}


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_what_a_statement_does_is_seen(server: scratch.Server) -> None:
    _, seen, unrun = ask(
        server,
        GIVEN,
        """
        ALTER TABLE orders ALTER COLUMN code TYPE varchar(100);
        ALTER TABLE orders ALTER COLUMN email SET NOT NULL;
        ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers;
        ALTER TABLE orders DROP CONSTRAINT fk;
        CREATE INDEX ON customers (id);
        ALTER TABLE orders ALTER COLUMN code TYPE integer USING code::integer;
        ALTER TABLE orders DROP COLUMN email;
        TRUNCATE customers;
        DROP TABLE orders CASCADE;
        CREATE TABLE IF NOT EXISTS customers (id bigint);
        """,
    )
    assert unrun == []
    wider, required, key, _, index, narrow, column, empty, table, again = seen
    assert (wider.rewritten, wider.scanned, wider.built, wider.lock_on("orders")) == ((), (), (), AX)
    assert required.scanned == ("orders",)
    assert key.scanned == ("orders",)
    assert key.lock_on("customers") is LockMode.SHARE_ROW_EXCLUSIVE
    assert index.built == ("customers",)
    assert narrow.rewritten == ("orders",)
    assert column.gone == (LostObject("column", "orders.email"),)
    assert empty.gone == (LostObject("rows", "customers"),)
    assert set(table.gone) == {LostObject("table", "orders"), LostObject("view", "open_orders")}
    assert again.skipped
    # Once a table is stored anew, TRUNCATE empties it in place: from there on nothing is refuted.
    assert [each.deaf for each in (wider, required, key, index, narrow, column)] == [False] * 5 + [True]


@pytest.mark.majors(14, 18)
@pytest.mark.parametrize(
    ("rule", "example"), [(rule, each[0]) for rule in WITNESSED for each in rules.page_of(rule).examples("Unsafe")]
)
def test_the_unsafe_example_of_a_page_is_found(server: scratch.Server, rule: Rule, example: str) -> None:
    assert rule.name in names(analyzed(server, rules.page_of(rule).given_sql, example))


@pytest.mark.parametrize("rule", WITNESSED, ids=lambda rule: rule.name)
def test_the_safe_example_of_a_page_is_silent(server: scratch.Server, rule: Rule) -> None:
    (example,) = rules.page_of(rule).examples("Safe")
    result = analyzed(server, rules.page_of(rule).given_sql, *example)
    assert not names(result) & {each.name for each in WITNESSED}


def test_a_rewrite_that_does_not_happen_is_withdrawn(server: scratch.Server) -> None:
    given = "CREATE TABLE wide (id bigint, code varchar(50));\nCREATE TABLE orders AS SELECT * FROM wide;"
    text = "ALTER TABLE orders ALTER COLUMN code TYPE varchar(100);"
    result = analyzed(server, given, text)
    assert "type-change-rewrites-table" in refuted(result)
    assert "type-change-rewrites-table" not in names(result)
    (withdrawn,) = (each for each in result.withdrawn if each.finding.rule == "type-change-rewrites-table")
    assert withdrawn.because == f"PostgreSQL {server.major} ran it and rewrote no table"
    assert "type-change-rewrites-table" in names(analyzed(server, given.replace("(50)", "(500)"), text))


PARTITIONED = (
    "CREATE TABLE days (day date) PARTITION BY RANGE (day);"
    "DO $$ BEGIN EXECUTE replace('ALTER TABLE # ADD COLUMN code varchar(50)', '#', 'days'); END $$;"
)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param(PARTITIONED, "ALTER TABLE days ALTER COLUMN code TYPE varchar(100);", id="partitions elsewhere"),
        pytest.param(
            "CREATE TABLE copies AS SELECT * FROM orders;",
            "CREATE TABLE IF NOT EXISTS made AS SELECT * FROM orders;"
            "ALTER TABLE made ALTER COLUMN code TYPE varchar(100);",
            id="not there after a replay",
        ),
        pytest.param(
            "CREATE TABLE copies AS SELECT * FROM orders;",
            "SET client_min_messages = error; DO $$ BEGIN SET client_min_messages = error;"
            " ALTER TABLE copies ALTER COLUMN code TYPE varchar(100); END $$;",
            id="muted",
        ),
        pytest.param(
            "CREATE TABLE copies AS SELECT * FROM orders;",
            "DO $$ BEGIN IF EXISTS (SELECT FROM copies) THEN ALTER TABLE copies ALTER COLUMN code TYPE varchar(100);"
            " END IF; END $$;",
            id="a branch not taken",
        ),
    ],
)
def test_what_the_server_cannot_know_is_not_withdrawn(server: scratch.Server, given: str, text: str) -> None:
    result = analyzed(server, GIVEN, given, text)
    assert "type-change-rewrites-table" in names(result)
    assert not result.withdrawn


OPEN = {
    "a branch not taken": "IF EXISTS (SELECT FROM orders) THEN EXECUTE reverse('sredro ELBAT PORD'); END IF;",
    "an environment": "EXECUTE replace(current_user || ' #', current_user || ' #', 'SELECT 1');",
    "a text from a catalog": "EXECUTE coalesce((SELECT string_agg('DROP TABLE ' || relname, ';') FROM pg_class"
    " WHERE relname LIKE 'tmp%'), 'SELECT 1');",
    "an object that is not there": "EXECUTE replace('DROP TABLE IF EXISTS #', '#', 'elsewhere');",
    "rows": "EXECUTE reverse('sredro MORF ETELED');",
    "a handler": "BEGIN EXECUTE reverse('x ELBAT PORD'); EXCEPTION WHEN OTHERS THEN NULL; END;",
    "a hidden read": "EXECUTE replace('SELXCT 1 FRXM orders', 'X', 'E');",
    "a function": "EXECUTE replace('SELXCT decides()', 'X', 'E');",
}


@pytest.mark.parametrize("body", OPEN.values(), ids=OPEN)
def test_dynamic_sql_that_may_do_otherwise_in_production_stays(server: scratch.Server, body: str) -> None:
    decides = (
        "CREATE FUNCTION decides() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
        " IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'tmp') THEN DROP TABLE orders; END IF; END $$;"
    )
    result = analyzed(server, GIVEN, decides, f"DO $$ BEGIN {body} END $$;")
    assert "dynamic-sql" in names(result)
    assert not result.withdrawn


def test_dynamic_sql_that_looks_at_nothing_is_replaced_by_what_was_seen(server: scratch.Server) -> None:
    text = "DO $$ BEGIN EXECUTE replace('ALTER TABLE # DROP COLUMN email', '#', 'orders'); END $$;"
    result = analyzed(server, GIVEN, text)
    assert refuted(result) == {"dynamic-sql"}
    assert "witnessed-loss" in names(result)
    assert not analyzed(server, GIVEN.replace("orders", "others"), text).withdrawn  # it failed: nothing was seen


def test_a_table_from_a_catalog_query_is_seen_to_go(server: scratch.Server) -> None:
    body = "FOR t IN SELECT relname FROM pg_class WHERE relname LIKE 'cust%' AND relkind = 'r' LOOP EXECUTE format("
    result = analyzed(
        server, GIVEN, f"DO $$ DECLARE t text; BEGIN {body} reverse('I% ELBAT PORD'), t); END LOOP; END $$;"
    )
    assert {"dynamic-sql", "witnessed-loss"} <= names(result)


def test_in_a_deploy_no_finding_about_data_is_withdrawn(server: scratch.Server) -> None:
    text = "DO $$ BEGIN EXECUTE replace('ALTER TABLE # ADD COLUMN more text', '#', 'orders'); END $$;"
    assert refuted(analyzed(server, GIVEN, text)) == {"dynamic-sql"}
    assert not analyzed(server, GIVEN, text, locks_only=True).withdrawn


def test_another_major_proves_nothing() -> None:
    one = migration(1, "ALTER TABLE orders ALTER COLUMN code TYPE varchar(100);")
    result = analyze([one], LintOptions(major=14))
    (statement,) = (finding.statement for finding in result.findings if finding.category.value == "lock")
    assert statement is not None
    watched = StatementEvidence(one.name, one.path, statement, touched=True)
    evidence = WitnessEvidence(18, PriorObjects.REPLAYED, (watched,))
    assert weigh_evidence(result, [one], evidence, LintOptions(major=14)) is result
    assert weigh_evidence(
        result, [one], WitnessEvidence(14, PriorObjects.REPLAYED, (watched,)), LintOptions(major=14)
    ).withdrawn


def test_an_allowance_silences_what_only_the_server_shows(server: scratch.Server) -> None:
    text = (
        "-- rowkeep: allow witnessed-loss because email moved to customers\n"
        "DO $$ BEGIN EXECUTE replace('ALTER TABLE # DROP COLUMN email', '#', 'orders'); END $$;"
    )
    result = analyzed(server, GIVEN, text)
    assert [each.rule for each in result.allowed] == ["witnessed-loss"]
    assert "allowance-not-needed" not in names(result)


UNRUN = {
    "it fails": ("SELECT 1; ALTER TABLE nowhere ADD COLUMN x int;", "does not exist"),
    "a client's rows": ("COPY orders (id) FROM stdin;", "nobody is there to send rows"),
    "a transaction of its own": ("BEGIN; SELECT 1; COMMIT; SELECT 2;", "begins or ends a transaction"),
    "a program of the machine": ("COPY orders FROM PROGRAM 'id';", "permission denied|must be superuser"),
    "a file of the machine": ("SELECT pg_read_file('/etc/passwd');", "permission denied"),
    "a hidden client": ("DO $$ BEGIN EXECUTE reverse('nidts MORF sredro YPOC'); END $$;", "cannot COPY"),
    "a superuser's matter": ("CREATE EXTENSION file_fdw;", "permission denied"),
}


@pytest.mark.parametrize(("text", "why"), UNRUN.values(), ids=UNRUN)
def test_what_cannot_be_run_is_told_and_refutes_nothing(server: scratch.Server, text: str, why: str) -> None:
    _, watched, (unrun,) = ask(server, GIVEN, text)
    assert re.search(why, unrun.why), unrun.why
    assert len(watched) <= 1


def test_what_runs_outside_a_transaction_runs(server: scratch.Server) -> None:
    text = (
        "CREATE INDEX CONCURRENTLY orders_email ON orders (email); VACUUM orders; ALTER TABLE orders DROP COLUMN code;"
        "SELECT pg_advisory_lock(1); CREATE INDEX CONCURRENTLY orders_key ON orders (customer_id);"
    )
    _, watched, unrun = ask(server, GIVEN, text)
    assert unrun == []
    first, vacuum, column, _, last = watched
    assert (first.deaf, vacuum.deaf, last.deaf) == (True, True, True)
    assert column.gone == (LostObject("column", "orders.code"),)


def test_roles_of_the_text_are_there_and_may_do_nothing(server: scratch.Server) -> None:
    text = (
        "CREATE ROLE shop_app SUPERUSER LOGIN; GRANT shop_app TO shop_admin; GRANT SELECT ON orders TO shop_app;"
        "ALTER TABLE orders OWNER TO shop_admin; SET ROLE shop_app;"
        "DO $$ BEGIN ASSERT NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user); END $$;"
    )
    _, watched, unrun = ask(server, GIVEN, text, "SELECT 1;")
    assert unrun == []
    assert len(watched) == 1


ENDLESS = {
    "a long sleep": "SELECT pg_sleep(100);",
    "no limit of its own": "SET statement_timeout = 0; SELECT pg_sleep(100);",
    "no ear for a cancel": "SET statement_timeout = 0; DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(100);"
    " EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$;",
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_statement_is_ended(server: scratch.Server, text: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(room, "LIMIT_S", 0.5)
    monkeypatch.setattr(room, "GRACE_S", 1.0)
    _, watched, (unrun,) = ask(server, GIVEN, text)
    assert len(watched) <= 1
    assert unrun.migration == "2_step"


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_a_key_of_a_new_table_reads_nothing_of_the_table_it_refers_to(server: scratch.Server) -> None:
    given = "CREATE TABLE basket (id integer PRIMARY KEY); INSERT INTO basket SELECT generate_series(1, 100);"
    line = "CREATE TABLE line (id integer PRIMARY KEY, basket integer NOT NULL);"
    key = "ALTER TABLE line ADD CONSTRAINT line_basket FOREIGN KEY (basket) REFERENCES basket (id);"
    assert not names(analyzed(server, given, line + key)) & {rule.name for rule in WITNESSED}
