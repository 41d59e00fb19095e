"""A database that the application's own user owns is handed over, in stages, while the application goes on working."""

from __future__ import annotations

import io
import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
import pytest

from rowkeep import cli

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ran(NamedTuple):
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


ALL = (14, 15, 16, 17, 18)
SHOP = """
CREATE TABLE public.basket (id bigserial PRIMARY KEY, note text);
CREATE TABLE public.pgmigrations (id serial PRIMARY KEY, name varchar(255), run_on timestamp);
CREATE SCHEMA sales;
CREATE TABLE sales.item (id bigint GENERATED ALWAYS AS IDENTITY, note text);
CREATE SCHEMA retired;
CREATE TABLE retired.old (id int);
CREATE FUNCTION public.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
CREATE TYPE public.mood AS ENUM ('calm');
"""
WORK = (
    "INSERT INTO public.basket (note) VALUES ('x')",
    "UPDATE public.basket SET note = 'y'",
    "INSERT INTO sales.item (note) VALUES ('x')",
    "SELECT public.twice(2)",
)
"""What the application does all day."""


@dataclass
class House:
    """A database of its own user `shop`; commands as `me`."""

    conninfo: str
    name: str
    prefix: str
    me: str = "postgres"

    def role(self, word: str) -> str:
        return f"{self.prefix}_{word}"

    def rowkeep(self, *words: str, **environ: str) -> Ran:
        """A command in this process: dozens of them, and each would start Python again."""
        ours = ("PG", "ROWKEEP", "DATABASE")
        before, handlers = dict(os.environ), {number: signal.getsignal(number) for number in SIGNALS}
        for name in before:
            if name.startswith(ours):
                del os.environ[name]
        os.environ.update({"NO_COLOR": "1", **environ})
        out, err = io.StringIO(), io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = cli.run([*words, "-d", f"{self.conninfo} user={self.me}"])
        finally:
            os.environ.clear()
            os.environ.update(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
        return Ran(code, out.getvalue(), err.getvalue())

    def names(self, bot: str = "bot") -> tuple[str, ...]:
        return "--bot", self.role(bot), "--migration", self.role("migration")

    def login(self, word: str) -> psycopg.Connection:
        return psycopg.connect(self.conninfo, user=self.role(word), autocommit=True)

    def stages(self, *names: str) -> list[str]:
        """Where each of the four stages stands, as `roles plan` says."""
        planned = self.rowkeep("roles", "plan", *names)
        assert planned.returncode == 0, planned.stderr
        rows = [row for row in planned.stdout.splitlines() if row.startswith(("-- 1.", "-- 2.", "-- 3.", "-- 4."))]
        return [row.rpartition(": ")[2] for row in rows]

    def owner(self) -> str:
        with psycopg.connect(self.conninfo) as connection:
            row = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'basket'").fetchall()
        return str(row[0][0])


def works(connection: psycopg.Connection) -> bool:
    """Whether the application can do its work with this session."""
    try:
        for statement in WORK:
            connection.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


@pytest.fixture
def house(database: str) -> Iterator[House]:
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        prefix = f"{name}_h"
        connection.execute(f'CREATE ROLE "{prefix}_shop" LOGIN CREATEROLE'.encode())
        connection.execute(f'ALTER DATABASE "{name}" OWNER TO "{prefix}_shop"'.encode())
    with psycopg.connect(database, user=f"{prefix}_shop") as connection:
        connection.execute(SHOP)
    yield House(database, name, prefix)
    with psycopg.connect(database, autocommit=True) as connection:
        for (role,) in connection.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", (prefix,)
        ).fetchall():
            connection.execute(f'REASSIGN OWNED BY "{role}" TO postgres'.encode())
            connection.execute(f'DROP OWNED BY "{role}"'.encode())
        for (role,) in connection.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", (prefix,)
        ).fetchall():
            connection.execute(f'DROP ROLE "{role}"'.encode())


@pytest.mark.majors(*ALL)
def test_a_superuser_hands_over_stage_by_stage(house: House) -> None:
    handed_over(house, "postgres", 0)


@pytest.mark.majors(14, 16, 18)
def test_the_applications_own_user_hands_over_stage_by_stage(house: House) -> None:
    """It has CREATEROLE and owns everything, as on managed services; on 14 the schema `public` is not its own."""
    with psycopg.connect(house.conninfo) as connection:
        major = connection.info.server_version // 10000
    handed_over(house, house.role("shop"), 8 if major == 14 else 0)


def handed_over(house: House, me: str, end: int) -> None:
    """Every stage twice, with a session of the application at work. end: the exit code once all is done.

    8, then 1: everybody may create in `public`, and only a superuser can revoke that: a finding of the audit.
    """
    house.me = me
    names, shop = house.names(), house.role("shop")
    accept = ("--accept-loss-of-rights", shop)
    public = ("--accept-loss-of-rights", "PUBLIC")
    passwords = {"ROWKEEP_BOT_PASSWORD": "one-two", "ROWKEEP_MIGRATION_PASSWORD": "three-four"}
    with house.login("shop") as application:
        first = house.rowkeep("roles", "plan", *names)
        assert "next" in first.stdout and f"LOSES RIGHTS: {shop} (1 session now)" in first.stdout, first.stdout
        assert "DATABASE_URL becomes" in first.stdout and f"{house.role('bot')}:***@" in first.stdout
        assert f"{house.role('bot')} has no password" in " ".join(first.stdout.replace("--", "").split())

        # 1. roles and rights, twice
        for _ in range(2):
            given = house.rowkeep("roles", "apply", *names, "--only-give")
            assert given.returncode == 0, given.stderr
            assert house.owner() == shop and works(application)
        stages = house.stages(*names)
        assert stages[0] == "done" and stages[3] in ("next", "later")

        # what takes is refused by name, and changes nothing
        refused = house.rowkeep("roles", "apply", *names)
        assert refused.returncode == 1 and "nothing was changed" in refused.stderr, refused.stderr
        assert f"{shop} (1 session now) loses" in refused.stderr
        assert f"--accept-loss-of-rights {shop}" in refused.stderr
        assert house.owner() == shop and works(application)

        # 2. passwords, twice
        for _ in range(2):
            secret = house.rowkeep("roles", "apply", *names, "--only-give", "--set-passwords", **passwords)
            assert secret.returncode == 0, secret.stderr
            assert "one-two" not in secret.stdout + secret.stderr
        if me == "postgres":
            assert house.stages(*names)[:3] == ["done", "done", "next"]
        # the old user still makes tables: the bot can use them already
        application.execute("CREATE TABLE public.late (id int)")
        with house.login("bot") as bot:
            assert works(bot) and works(application)
            bot.execute("INSERT INTO public.late VALUES (1)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bot.execute("INSERT INTO public.pgmigrations (name) VALUES ('forged')")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bot.execute("SELECT * FROM retired.old")
    # 3. the application has been switched
    with house.login("bot") as bot:
        assert house.stages(*names)[2] == "done"
        # 4. only now the old rights go, by the very command that was printed
        printed = next(
            line.partition("rowkeep ")[2]
            for line in house.rowkeep("roles", "plan", *names).stdout.splitlines()
            if line.startswith("--    type:") and "--accept-loss-of-rights" in line
        )
        taken = house.rowkeep(*shlex.split(printed))
        assert taken.returncode == end, taken.stderr + taken.stdout
        assert "nothing was changed" not in taken.stderr
        assert house.owner() == house.role("migration") and works(bot)
    with house.login("shop") as old:
        assert not works(old)
    again = house.rowkeep("roles", "apply", *names, *accept, *public)
    assert again.returncode == (1 if end else 0), again.stderr
    assert "nothing to do" in house.rowkeep("roles", "plan", *names).stdout
    with house.login("migration") as migration:
        migration.execute("CREATE TABLE public.later (id bigserial)")
        migration.execute("ALTER TABLE sales.item ADD COLUMN c int")
    with house.login("bot") as bot:
        bot.execute("INSERT INTO public.later DEFAULT VALUES")


@pytest.mark.majors(18)
@pytest.mark.parametrize(
    "order",
    [
        ("take",),
        ("apply", "take"),
        ("passwords", "take", "give"),
        ("take", "passwords", "give", "take"),
        ("apply", "apply", "passwords", "apply", "take", "apply"),
    ],
    ids="-".join,
)
def test_every_mixture_of_stages_ends_the_same(house: House, order: tuple[str, ...]) -> None:
    names = house.names()
    consent = ("--accept-loss-of-rights", house.role("shop"), "--accept-loss-of-rights", "PUBLIC")
    consent += ("--no-passwords-needed",)
    commands = {
        "give": (*names, "--only-give"),
        "passwords": (*names, "--only-give", "--set-passwords"),
        "apply": names,
        "take": (*names, *consent),
    }
    done = False
    with house.login("shop") as application:
        for stage in order:
            before = house.owner()
            environ = {"ROWKEEP_BOT_PASSWORD": "a", "ROWKEEP_MIGRATION_PASSWORD": "b"} if stage == "passwords" else {}
            ran = house.rowkeep("roles", "apply", *commands[stage], **environ)
            done = done or stage == "take"
            allowed = (0,) if stage != "apply" or done else (1, 6)
            assert ran.returncode in allowed, (stage, ran.returncode, ran.stderr)
            assert works(application) is not done
            if ran.returncode == 1:
                assert house.owner() == before and "nothing was changed" in ran.stderr
            if ran.returncode == 6:
                assert house.owner() == before and "changed in part" in ran.stderr
    assert house.owner() == house.role("migration")
    assert "nothing to do" in house.rowkeep("roles", "plan", *names).stdout


@pytest.mark.majors(14, 18)
def test_the_applications_user_stays_and_loses_what_it_owned(house: House) -> None:
    """`--bot` is the user of today: no switch, and still a question."""
    names = house.names("shop")
    with house.login("shop") as application:
        refused = house.rowkeep("roles", "apply", *names)
        assert refused.returncode in (1, 6) and "--accept-loss-of-rights" in refused.stderr, refused.stderr
        assert house.owner() == house.role("shop")
        application.execute("DELETE FROM public.basket")
        taken = house.rowkeep(
            *("roles", "apply", *names, "--accept-loss-of-rights", house.role("shop")),
            *("--accept-loss-of-rights", "PUBLIC", "--no-passwords-needed"),
        )
        assert taken.returncode == 0, taken.stderr + taken.stdout
        assert works(application), "the session of the application goes on with what it may"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("DELETE FROM public.basket")


@pytest.mark.majors(14, 18)
def test_who_acts_through_the_owner_is_named_too(house: House) -> None:
    """The owner is a group without login: its member is the application."""
    group, web = house.role("group"), house.role("web")
    with psycopg.connect(house.conninfo, autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{group}" NOLOGIN'.encode())
        connection.execute(f'CREATE ROLE "{web}" LOGIN IN ROLE "{group}"'.encode())
        connection.execute(f'REASSIGN OWNED BY "{house.role("shop")}" TO "{group}"'.encode())
        connection.execute(f'ALTER DATABASE "{house.name}" OWNER TO "{group}"'.encode())
    with house.login("web") as application:
        assert works(application)
        refused = house.rowkeep("roles", "apply", *house.names())
        assert refused.returncode == 6, refused.stderr
        assert f"{group} (1 session now) loses" in refused.stderr and f"so do {web}" in refused.stderr
        assert f"--accept-loss-of-rights {group}" in refused.stderr
        assert works(application)


@pytest.mark.majors(14, 18)
def test_what_is_committed_is_never_told_as_unchanged(house: House) -> None:
    """The audit finds a hole after the change: 8, and not 1."""
    with psycopg.connect(house.conninfo, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.wipe() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.basket'"
        )
        connection.execute(
            f'GRANT CREATE ON DATABASE "{house.name}" TO "{house.role("shop")}" WITH GRANT OPTION'.encode()
        )
    ran = house.rowkeep(
        *("roles", "apply", *house.names(), "--accept-loss-of-rights", house.role("shop")),
        *("--accept-loss-of-rights", "PUBLIC", "--no-passwords-needed"),
    )
    assert house.owner() == house.role("migration")
    assert ran.returncode in (0, 8) and "nothing was changed" not in ran.stderr, ran.stderr
    audited = house.rowkeep("roles", "audit", *house.names())
    assert (ran.returncode == 8) is (audited.returncode == 1), "the same finding, after a change and without one"
    if ran.returncode == 8:
        again = house.rowkeep("roles", "apply", *house.names())
        assert again.returncode == 1, "nothing is left to change, and the finding stands"


@pytest.mark.majors(18)
def test_what_was_given_in_retired_is_taken_back(house: House) -> None:
    """An earlier plan gave it; a table that moves there keeps its grants, and they lead nowhere."""
    bot = house.role("bot")
    house.rowkeep("roles", "apply", *house.names(), "--only-give")
    with psycopg.connect(house.conninfo, autocommit=True) as connection:
        connection.execute(f'GRANT USAGE ON SCHEMA retired TO "{bot}"'.encode())
        connection.execute("ALTER TABLE public.basket SET SCHEMA retired")
    with house.login("bot") as session:
        session.execute("INSERT INTO retired.basket (note) VALUES ('x')")
    refused = house.rowkeep("roles", "apply", *house.names())
    assert f"{bot} (no session now) loses USAGE on schema retired" in refused.stderr, refused.stderr
    consent = [word for role in (bot, house.role("shop"), "PUBLIC") for word in ("--accept-loss-of-rights", role)]
    taken = house.rowkeep("roles", "apply", *house.names(), *consent, "--no-passwords-needed")
    assert taken.returncode == 0, taken.stderr
    with house.login("bot") as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("INSERT INTO retired.basket (note) VALUES ('x')")


@pytest.mark.majors(14, 18)
def test_nothing_is_taken_while_nobody_can_log_in_with_the_new_roles(house: House) -> None:
    """The taking command as the very first one: refused, and then what it prints works as printed."""
    names, bot, shop = house.names(), house.role("bot"), house.role("shop")
    consent = ("--accept-loss-of-rights", shop, "--accept-loss-of-rights", "PUBLIC")
    passwords = {"ROWKEEP_BOT_PASSWORD": "one", "ROWKEEP_MIGRATION_PASSWORD": "two"}
    for me in (shop, "postgres"):
        house.me = me
        for half in ({}, {"ROWKEEP_BOT_PASSWORD": "one"}):
            refused = house.rowkeep("roles", "apply", *names, *consent, **half)
            assert refused.returncode == 1 and "nothing was changed" in refused.stderr, refused.stderr
            assert f"{house.role('migration')} ha" in refused.stderr and "no password" in refused.stderr
            assert house.owner() == shop
    printed = [
        line.partition("rowkeep ")[2].partition("   (")[0]
        for line in refused.stderr.partition("error:")[2].splitlines()
    ]
    given, taking = [shlex.split(line) for line in printed if line.startswith("roles apply")][:2]
    assert house.rowkeep(*given, **passwords).returncode == 0
    assert house.rowkeep(*taking).returncode in (0, 8)
    assert house.owner() == house.role("migration")
    # whether the application was switched is not known: nobody is connected
    assert house.stages(*names) in ([], ["done", "done", "open", "done"])
    planned = house.rowkeep("roles", "plan", *names).stdout
    assert "nothing to do" in planned and f"no session of {bot} is connected now" in planned
    with house.login("bot"):
        assert f"no session of {bot}" not in house.rowkeep("roles", "plan", *names).stdout


@pytest.mark.majors(18)
def test_set_passwords_without_a_password_is_misused(house: House) -> None:
    for command in ("plan", "apply"):
        ran = house.rowkeep("roles", command, *house.names(), "--set-passwords")
        assert ran.returncode == 2 and "ROWKEEP_BOT_PASSWORD" in ran.stderr, ran.stderr
        assert "error: --set-passwords has no" in ran.stderr, "an option is no secret"


@pytest.mark.majors(18)
def test_a_refusal_of_the_server_is_not_told_as_one_of_a_migration(house: House) -> None:
    """A role without CREATEROLE: 42501, and the state is said of roles."""
    with psycopg.connect(house.conninfo, autocommit=True) as connection:
        connection.execute(f'ALTER ROLE "{house.role("shop")}" NOCREATEROLE'.encode())
    house.me = house.role("shop")
    ran = house.rowkeep("roles", "apply", *house.names(), "--only-give")
    assert ran.returncode == 5 and "42501" in ran.stderr, ran.stderr
    assert "migration remains" not in ran.stderr and "nothing was changed (the roles" in ran.stderr
