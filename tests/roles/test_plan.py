"""The plan on real servers: what it makes of a grown database, and that it has nothing to say the second time."""

from __future__ import annotations

import re
from dataclasses import replace

import psycopg
import pytest

from rowkeep.database.catalog import roles
from rowkeep.database.connection.session import connect
from rowkeep.errors import Busy, Failed, Misused, Refused, Remains

DENIED = "42501"
ALL = (14, 15, 16, 17, 18)
FORBIDDEN = (
    "DROP TABLE public.users CASCADE",
    'DROP TABLE app."Odd Name"',
    "TRUNCATE public.orders",
    "ALTER TABLE public.orders ADD COLUMN x int",
    'ALTER TABLE app."Odd Name" ADD COLUMN x int',
    "DELETE FROM public.users",
    "DELETE FROM app.parted",
    "CREATE TABLE public.mine ()",
    "CREATE TABLE app.mine ()",
    "CREATE SCHEMA mine",
    "DROP SCHEMA app CASCADE",
    "SELECT setval('app.numbers', 1)",
    "CREATE TRIGGER t BEFORE UPDATE ON public.users EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "DROP FUNCTION public.twice(int)",
    "GRANT migrant TO bot",
    "SET ROLE migrant",
)
ALLOWED = (
    "SELECT * FROM public.users",
    "INSERT INTO public.users (email) VALUES ('c@example.org')",
    "UPDATE public.users SET email = email",
    "INSERT INTO public.orders DEFAULT VALUES",
    'INSERT INTO app."Odd Name" VALUES (1)',
    "INSERT INTO app.parted VALUES (1, '2026-05-05')",
    "SELECT nextval('app.numbers')",
    "SELECT * FROM public.calm",
    "SELECT * FROM public.counts",
    "SELECT public.twice(1)",
    # Objects that the migration role makes after the roles were applied:
    "SELECT * FROM public.later",
    "INSERT INTO public.later DEFAULT VALUES",
    "UPDATE app.later SET id = 1",
)


@pytest.mark.majors(*ALL)
@pytest.mark.parametrize("owner", ["", "shop_owner"])
def test_a_grown_database_becomes_as_wanted(shop, state_of, owner):
    shop.owner = owner
    first = shop.apply()
    assert first.changes
    assert shop.plan().changes == ()

    with shop.login("migrant") as migration:
        migration.execute("CREATE TABLE public.later (id bigserial PRIMARY KEY)")
        migration.execute("CREATE TABLE app.later (id int)")
        migration.execute("ALTER TABLE public.users ADD COLUMN born date")
        migration.execute("DROP FUNCTION public.twice(int)")
        migration.execute("CREATE FUNCTION public.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'")
        migration.execute("CREATE SCHEMA rowkeep")
    with shop.login("bot") as bot:
        assert {each: state_of(bot, each) for each in FORBIDDEN} == dict.fromkeys(FORBIDDEN, DENIED)
        assert {each: state_of(bot, each) for each in ALLOWED} == dict.fromkeys(ALLOWED)
        assert state_of(bot, "DELETE FROM public.later") == DENIED
    assert [each.words for each in shop.audit() if each.severity.rank >= 3] == []
    assert shop.session.connection.execute("SELECT count(*) FROM public.users").fetchone() == (2,)


@pytest.mark.majors(*ALL)
def test_an_empty_database(desk, state_of):
    desk.apply()
    assert desk.plan().changes == ()
    with desk.login("migrant") as migration:
        migration.execute("CREATE TABLE public.first (id bigserial PRIMARY KEY)")
    with desk.login("bot") as bot:
        assert state_of(bot, "INSERT INTO public.first DEFAULT VALUES") is None
        assert state_of(bot, "DROP TABLE public.first") == DENIED
        assert state_of(bot, "CREATE TABLE public.mine ()") == DENIED
    assert all(each.severity.rank < 3 for each in desk.audit())


@pytest.mark.majors(14, 15, 16, 18)
def test_dangerous_memberships_and_attributes_go(shop, state_of):
    shop.run(
        "CREATE ROLE harmless",
        "CREATE ROLE mighty SUPERUSER",
        "CREATE ROLE between",
        "GRANT mighty TO between",
        "GRANT between, harmless, pg_write_all_data TO bot",
        "GRANT SELECT ON public.users TO harmless",
        "ALTER ROLE bot CREATEDB CREATEROLE",
    )
    shop.apply()
    assert shop.plan().changes == ()
    with shop.login("bot") as bot:
        assert state_of(bot, "SET ROLE mighty") == DENIED
        assert state_of(bot, "SET ROLE between") == DENIED
        assert state_of(bot, "DELETE FROM public.users") == DENIED
        assert state_of(bot, "CREATE ROLE other") == DENIED
        assert state_of(bot, "SET ROLE harmless") is None


@pytest.mark.majors(15, 16, 18)
def test_a_membership_given_by_another_role_goes_too(desk):
    desk.run(
        "CREATE ROLE bot LOGIN",
        "CREATE ROLE migrant LOGIN",
        "CREATE ROLE chief",
        "GRANT migrant TO chief WITH ADMIN OPTION",
    )
    with desk.session.connection.transaction():
        desk.run("SET LOCAL ROLE chief", "GRANT migrant TO bot")
    desk.apply()
    assert desk.plan().changes == ()


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_an_administrator_who_is_no_superuser(shop, state_of):
    """As on managed services: CREATEROLE, and the owner of database, schemas and tables."""
    shop.run("CREATE ROLE master LOGIN CREATEROLE CREATEDB")
    name = shop.session.connection.info.dbname
    # What the superuser has made the master owns; the bot's property stays the bot's.
    shop.run(
        f'ALTER DATABASE "{name}" OWNER TO master',
        "ALTER SCHEMA app OWNER TO master",
        "ALTER SCHEMA public OWNER TO master",
    )
    for kind, identity in (
        ("TABLE", "public.users"),
        ("TABLE", "public.orders"),
        ("TABLE", "app.parted"),
        ("TABLE", "app.parted_1"),
        ("SEQUENCE", "app.numbers"),
        ("VIEW", "public.calm"),
        ("MATERIALIZED VIEW", "public.counts"),
        ("TYPE", "public.mood"),
        ("PROCEDURE", "app.nothing()"),
        ("AGGREGATE", "app.total(int)"),
        ("DOMAIN", "app.positive"),
        ("STATISTICS", "app.parted_stats"),
    ):
        shop.run(f"ALTER {kind} {identity} OWNER TO master")
    shop.run("ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM bot")
    if shop.session.major >= 16:
        shop.run("GRANT bot TO master WITH ADMIN OPTION")
    with connect(shop.conninfo + " user=master") as session:
        shop.session = session
        planned = shop.apply()
        assert "CURRENT_USER" in planned.changes[-1].statements[0]
        assert shop.plan().changes == ()
        assert [each.words for each in shop.audit() if each.severity.rank >= 3] == []
        kept = session.connection.execute(
            "SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member = 'master'::regrole AND NOT admin_option"
        ).fetchall()
        assert kept == []
    with shop.login("bot") as bot:
        assert state_of(bot, "DROP TABLE public.users CASCADE") == DENIED
        assert state_of(bot, "INSERT INTO public.users (email) VALUES ('x')") is None


def test_what_another_role_owns_stays_and_is_told(shop):
    shop.run("CREATE ROLE billing LOGIN", "CREATE TABLE public.bills ()", "ALTER TABLE public.bills OWNER TO billing")
    planned = shop.apply()
    assert any("billing" in remark and "--owner billing" in remark for remark in planned.remarks)
    owner = shop.session.connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'bills'").fetchone()
    assert owner == ("billing",)


def test_objects_of_an_extension_are_left_alone(desk):
    desk.run("CREATE EXTENSION pg_stat_statements SCHEMA public")
    planned = desk.apply()
    assert not any("pg_stat_statements" in text for change in planned.changes for text in change.statements)
    assert desk.plan().changes == ()


def test_delete_where_the_application_may(shop, state_of):
    shop.more = {"deletable": frozenset({"public.orders"})}
    shop.apply()
    assert shop.plan().changes == ()
    with shop.login("bot") as bot:
        assert state_of(bot, "DELETE FROM public.orders") is None
        assert state_of(bot, "DELETE FROM public.users") == DENIED
    assert [each.words for each in shop.audit() if each.severity.rank >= 3] == []


def test_columns_that_were_granted_one_by_one_stay_so(desk, state_of):
    desk.run(
        "CREATE ROLE bot LOGIN",
        "CREATE TABLE public.t (id int, note text)",
        "GRANT SELECT, INSERT ON public.t TO bot",
        "GRANT UPDATE (note) ON public.t TO bot",
    )
    planned = desk.apply()
    assert any("public.t" in remark for remark in planned.remarks)
    with desk.login("bot") as bot:
        assert state_of(bot, "UPDATE public.t SET note = ''") is None
        assert state_of(bot, "UPDATE public.t SET id = 1") == DENIED


def test_rights_in_use_are_marked(shop):
    with shop.login("bot"):
        planned = shop.plan()
        assert ("bot", 1) in planned.takes_in_use


def test_the_role_we_connect_as_may_be_the_applications_own(shop):
    """One role for everything, as most projects begin: what it loses is marked, though it is ourselves."""
    shop.run("CREATE ROLE everything LOGIN CREATEROLE", "ALTER TABLE public.users OWNER TO everything")
    with connect(shop.conninfo + " user=everything") as session, shop.login("everything"):
        shop.session = session
        assert ("everything", 1) in shop.plan().takes_in_use


@pytest.mark.parametrize(("bot", "kind"), [("migrant", Misused), ("postgres", Refused)])
def test_a_bot_that_cannot_be_one(desk, bot, kind):
    desk.bot = bot
    with pytest.raises(kind):
        desk.plan()


def test_an_unknown_table_for_deletes(desk):
    desk.more = {"deletable": frozenset({"public.nowhere"})}
    with pytest.raises(Misused, match="nowhere"):
        desk.plan()


def test_a_refused_statement_leaves_nothing(shop):
    planned = shop.plan()
    shop.run("CREATE ROLE migrant LOGIN")
    with pytest.raises(Failed) as caught:
        roles.apply_plan(shop.session, planned, {}, lambda event: None)
    assert caught.value.sqlstate == "42710" and "CREATE ROLE migrant" in str(caught.value.where)
    owner = shop.session.connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'users'").fetchone()
    assert owner == ("postgres",)


@pytest.mark.majors(18)
def test_a_table_in_use_is_waited_for_politely(shop, monkeypatch):
    monkeypatch.setattr(roles, "ATTEMPTS", 1)
    with psycopg.connect(shop.conninfo) as busy:
        busy.execute("SELECT * FROM public.users")
        with pytest.raises(Busy) as caught:
            shop.apply()
        assert [blocker.pid for blocker in caught.value.blockers] == [busy.info.backend_pid]
    monkeypatch.setattr(roles, "ATTEMPTS", 3)
    told = []
    with psycopg.connect(shop.conninfo) as busy:
        busy.execute("SELECT * FROM public.users")

        def release(event: object) -> None:
            told.append(event)
            busy.rollback()

        roles.apply_plan(shop.session, shop.plan(), {}, release)
    assert told and shop.plan().changes == ()


def test_a_lost_connection_says_that_it_does_not_know(shop):
    planned = shop.plan()
    ended = replace(planned.changes[-1], statements=("SELECT pg_terminate_backend(pg_backend_pid());",))
    with pytest.raises(Failed) as caught:
        roles.apply_plan(shop.session, replace(planned, takes=(*planned.takes, ended)), {}, lambda event: None)
    assert caught.value.remains is Remains.UNKNOWN


@pytest.mark.majors(14, 18)
def test_only_the_verifier_reaches_the_server(desk, server):
    desk.more = {"secrets": (("bot", "$BOT"), ("migrant", "$MIGRANT"))}
    desk.run("SET log_statement = 'all'")
    planned = desk.apply()
    assert "geheim" not in repr(planned)
    stored = desk.session.connection.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname IN ('bot', 'migrant')"
    ).fetchall()
    assert len({word for (word,) in stored}) == 2
    assert all(re.fullmatch(r"SCRAM-SHA-256\$4096:[^$]+\$[^:]+:.+", word) for (word,) in stored)
    assert all(_opens(word, "geheim") and not _opens(word, "falsch") for (word,) in stored)
    assert desk.plan().changes == (), "a password is not set twice"


def _opens(verifier: str, password: str) -> bool:
    """Whether the password fits the verifier (RFC 5802)."""
    import base64
    import hashlib
    import hmac

    _, counted, keys = verifier.split("$")
    rounds, salt = counted.split(":")
    stored = keys.split(":")[0]
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hmac.new(salted, b"Client Key", "sha256").digest()
    return base64.b64encode(hashlib.sha256(client).digest()).decode() == stored
