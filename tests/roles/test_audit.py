"""The audit on real servers: every hole that is planted is found, and what it says mends it."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep.database.catalog import roles_trial
from rowkeep.domain.roles.role_audit import AttemptOutcome, RoleSeverity
from rowkeep.roles.audit import is_clean

CRITICAL, HIGH, MEDIUM, LOW, INFO = (RoleSeverity[name] for name in ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"))

# What is planted -> how it is found: kind, a part of its subject, severity.
HOLES = {
    "ALTER ROLE bot CREATEDB": ("attribute", "CREATEDB", CRITICAL),
    "ALTER ROLE bot CREATEROLE": ("attribute", "CREATEROLE", CRITICAL),
    "ALTER ROLE bot REPLICATION": ("attribute", "REPLICATION", CRITICAL),
    "ALTER ROLE bot BYPASSRLS": ("attribute", "BYPASSRLS", CRITICAL),
    "GRANT pg_execute_server_program TO bot": ("member", "pg_execute_server_program", CRITICAL),
    "GRANT pg_read_all_stats TO bot": ("member", "pg_read_all_stats", INFO),
    "CREATE TABLE public.owned (); ALTER TABLE public.owned OWNER TO bot": ("owns-table", "public.owned", CRITICAL),
    "CREATE SCHEMA theirs AUTHORIZATION bot": ("owns-schema", "theirs", CRITICAL),
    "ALTER FUNCTION public.twice(int) OWNER TO bot": ("owns-function", "public.twice(", HIGH),
    "GRANT TRUNCATE ON public.users TO bot": ("right-truncate", "public.users", CRITICAL),
    "GRANT TRIGGER ON public.users TO bot": ("right-trigger", "public.users", CRITICAL),
    "GRANT DELETE ON public.users TO PUBLIC": ("right-delete", "public.users", HIGH),
    "GRANT REFERENCES ON public.users TO bot": ("right-references", "public.users", MEDIUM),
    "GRANT UPDATE ON SEQUENCE app.numbers TO bot": ("right-update", "app.numbers", HIGH),
    "GRANT CREATE ON SCHEMA app TO bot": ("right-create", "app", HIGH),
    "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO bot', current_database()); END $$":
        ("right-create", "test_", HIGH),
    "SELECT 1": ("right-temporary", "test_", MEDIUM),
    "SELECT 2": ("other-database", "postgres", MEDIUM),
    "CREATE FUNCTION public.purge() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.users'":
        ("security-definer", "public.purge", CRITICAL),
    "CREATE FUNCTION public.half() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app AS 'SELECT'":
        ("security-definer", "public.half", CRITICAL),
    "CREATE FUNCTION app.safe() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS 'SELECT'":
        ("security-definer", "app.safe", MEDIUM),
    "CREATE TABLE public.secret (id int); REVOKE ALL ON public.secret FROM bot; "
    "CREATE VIEW public.window_on AS SELECT * FROM public.secret; GRANT INSERT, UPDATE ON public.window_on TO bot":
        ("owner-rights-view", "public.window_on", HIGH),
    "CREATE TABLE public.child (user_id bigint REFERENCES public.users ON UPDATE CASCADE ON DELETE SET NULL); "
    "REVOKE ALL ON public.child FROM bot": ("key-update", "public.users", HIGH),
    "SELECT 3": ("delete-cascade", "public.users", HIGH),
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO bot": ("dangerous-function", "pg_read_file", CRITICAL),
    "CREATE TRUSTED LANGUAGE plperlu HANDLER plpgsql_call_handler":
        ("untrusted-language", "plperlu", CRITICAL),
    "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far; "
    "GRANT USAGE ON FOREIGN SERVER away TO bot": ("foreign-server", "away", HIGH),
    "CREATE FOREIGN DATA WRAPPER near; GRANT USAGE ON FOREIGN DATA WRAPPER near TO bot":
        ("foreign-data-wrapper", "near", HIGH),
    "CREATE ROLE club; GRANT club TO bot WITH ADMIN OPTION": ("admin-option", "club", HIGH),
    "GRANT SELECT ON public.orders TO bot WITH GRANT OPTION": ("grant-option", "public.orders", HIGH),
    "SELECT lo_create(4711); GRANT UPDATE ON LARGE OBJECT 4711 TO bot": ("large-objects", "4711", HIGH),
    "ALTER ROLE bot CONNECTION LIMIT -1": ("no-connection-limit", "bot", LOW),
    "SELECT 4": ("no-timeout", "lock_timeout", LOW),
    "REVOKE UPDATE ON public.calm FROM bot": ("lacks", "public.calm", HIGH),
    "ALTER DEFAULT PRIVILEGES FOR ROLE migrant IN SCHEMA app REVOKE SELECT ON TABLES FROM bot":
        ("future-lacks", "app", HIGH),
    "ALTER DEFAULT PRIVILEGES FOR ROLE migrant IN SCHEMA public GRANT DELETE ON TABLES TO bot":
        ("future-wide", "public", HIGH),
}  # fmt: skip
SINCE_15 = {"GRANT SET ON PARAMETER session_replication_role TO bot": ("parameter", "session_replication_role", HIGH)}
SINCE_17 = {"GRANT MAINTAIN ON public.orders TO bot": ("right-maintain", "public.orders", MEDIUM)}


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_every_planted_hole_is_found_and_mended(shop, server):
    shop.apply()
    assert is_clean(shop.audit())
    holes = HOLES | (SINCE_15 if server.major >= 15 else {}) | (SINCE_17 if server.major >= 17 else {})
    for statement in holes:
        shop.run(statement)
    told = shop.audit()
    unseen = [
        (statement, kind)
        for statement, (kind, subject, severity) in holes.items()
        if not any(each.kind == kind and subject in each.subject and each.severity is severity for each in told)
    ]
    assert unseen == []
    assert not is_clean(told)

    ownership = [each for each in told if each.kind.startswith("owns-")]
    others = [each for each in told if each not in ownership and each.severity.rank >= HIGH.rank]
    for finding in (*ownership, *others):
        for fix in finding.fix:
            if not fix.startswith("rowkeep "):
                shop.run(fix)
    shop.apply()
    left = [each for each in shop.audit() if each.severity.rank >= HIGH.rank]
    assert [(each.kind, each.subject) for each in left] == []


@pytest.mark.majors(14, 18)
def test_the_reference_audit_agrees_that_it_is_clean(shop):
    """What the bot has after `apply` is just what the guide wants."""
    shop.apply()
    rows = shop.session.connection.execute(
        "SELECT c.oid::regclass::text, array_agg(p ORDER BY p) FROM pg_class c "
        "CROSS JOIN unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) AS p "
        "WHERE c.relnamespace IN ('public'::regnamespace, 'app'::regnamespace) AND c.relkind IN ('r','p','v') "
        "AND has_table_privilege('bot', c.oid, p) GROUP BY 1"
    ).fetchall()
    assert len(rows) == 6
    assert {tuple(rights) for _, rights in rows} == {("INSERT", "SELECT", "UPDATE")}


@pytest.mark.majors(14, 18)
def test_a_language_that_is_not_trusted_is_no_hole(shop, state_of):
    """has_language_privilege says yes of every role; CREATE FUNCTION asks for a superuser all the same."""
    shop.apply()
    shop.run("CREATE LANGUAGE plperlu HANDLER plpgsql_call_handler", "GRANT CREATE ON SCHEMA app TO bot")
    assert not any(each.kind == "untrusted-language" for each in shop.audit())
    with shop.login("bot") as bot:
        assert bot.execute("SELECT has_language_privilege('plperlu', 'USAGE')").fetchone() == (True,)
        assert state_of(bot, "CREATE FUNCTION app.f() RETURNS int LANGUAGE plperlu AS ''") == "42501"


@pytest.mark.parametrize("grant", ["ALTER ROLE bot SUPERUSER", "GRANT postgres TO bot"])
def test_a_superuser_is_the_worst(shop, grant):
    shop.apply()
    shop.run(grant)
    worst = shop.audit()[0]
    assert worst.severity is CRITICAL and worst.kind in ("attribute", "member", "allowed")


def test_a_role_that_is_not_there(desk):
    (only,) = desk.audit()
    assert (only.kind, only.severity) == ("no-role", HIGH)


def test_what_would_succeed_is_not_tried(shop):
    """An audit must not truncate a table to find out that it could."""
    shop.apply()
    shop.run('GRANT TRUNCATE, DELETE ON app."Odd Name" TO bot')
    found, wanted = shop.look()
    with psycopg.connect(shop.conninfo) as other:
        other.execute('LOCK TABLE app."Odd Name" IN ACCESS EXCLUSIVE MODE')
        trials = roles_trial.attempt_all(shop.session, found, wanted)
    of_table = {each.operation: each for each in trials if each.subject == 'app."Odd Name"'}
    for operation in ("TRUNCATE", "DELETE"):
        assert of_table[operation].result is AttemptOutcome.ALLOWED and of_table[operation].milliseconds == 0


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_denied_attempts_wait_for_no_lock_and_hold_none(shop):
    """Every table is locked by somebody: DROP, TRUNCATE and ALTER are denied without asking for the lock."""
    shop.apply()
    found, wanted = shop.look()
    with psycopg.connect(shop.conninfo) as busy:
        busy.execute(
            'LOCK TABLE public.users, public.orders, app."Odd Name", app.parted, app.parted_1 IN ACCESS EXCLUSIVE MODE'
        )
        trials = roles_trial.attempt_all(shop.session, found, wanted)
    strong = [each for each in trials if each.operation in ("DROP TABLE", "TRUNCATE", "ALTER TABLE")]
    assert len(strong) == 6
    assert {(each.result, each.sqlstate) for each in strong} == {(AttemptOutcome.DENIED, "42501")}
    # DELETE asks for ROW EXCLUSIVE before it looks at the right: it gives up, and says so instead of guessing.
    weak = [each for each in trials if each.operation == "DELETE"]
    assert {(each.result, each.sqlstate) for each in weak} == {(AttemptOutcome.UNTRIED, "55P03")}


@pytest.mark.majors(14, 18)
def test_the_application_goes_on_while_the_audit_runs(shop):
    """A reader and a writer hold their locks all the time; everything is denied, and nothing waits."""
    shop.apply()
    found, wanted = shop.look()
    with shop.login("bot") as reader, shop.login("bot") as writer:
        reader.execute("BEGIN")
        writer.execute("BEGIN")
        reader.execute("SELECT * FROM public.users")
        for table in ('app."Odd Name"', "public.orders"):
            writer.execute(f"UPDATE {table} SET id = DEFAULT WHERE false".encode())
        trials = roles_trial.attempt_all(shop.session, found, wanted)
        left = shop.session.connection.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' "
            "AND relation IN ('public.users'::regclass, 'public.orders'::regclass)"
        ).fetchone()
    # Who waited for a lock would have run into the lock_timeout, and would not be DENIED.
    assert {each.result for each in trials} == {AttemptOutcome.DENIED}
    assert left == (0,)


def test_an_audit_changes_nothing(shop):
    shop.apply()
    before = _fingerprint(shop)
    shop.audit()
    assert _fingerprint(shop) == before


def _fingerprint(shop):
    from rowkeep.database.catalog.fingerprint import read_structure

    return read_structure(shop.session).digest


def test_an_auditor_who_cannot_become_the_bot_proves_nothing(shop):
    shop.apply()
    shop.run("CREATE ROLE nobody LOGIN")
    from rowkeep.database.connection.session import connect

    with connect(shop.conninfo + " user=nobody") as session:
        shop.session = session
        found, wanted = shop.look()
        trials = roles_trial.attempt_all(session, found, wanted)
        assert {each.result for each in trials} == {AttemptOutcome.UNTRIED}
        told = shop.audit()
    assert not is_clean(told)
    assert {"untried"} <= {each.kind for each in told}
