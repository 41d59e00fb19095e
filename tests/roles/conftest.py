"""A small shop whose application owns and may do far too much, and what the tests of roles ask again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
import pytest

from rowkeep.database.catalog import roles, roles_trial
from rowkeep.database.connection.session import Session, connect
from rowkeep.domain.roles.role import RolesOnServer, RolesPlan, WantedRoles
from rowkeep.domain.roles.role_audit import RoleFinding
from rowkeep.roles.audit import audit_findings
from rowkeep.roles.plan_roles import default_schemas, make_roles_plan

GROWN = """
CREATE ROLE bot LOGIN;
CREATE SCHEMA app;
CREATE TYPE public.mood AS ENUM ('calm');
CREATE TABLE public.users (id bigserial PRIMARY KEY, email text UNIQUE, mood public.mood);
CREATE TABLE public.orders (id bigint GENERATED ALWAYS AS IDENTITY, user_id bigint REFERENCES public.users);
CREATE TABLE app."Odd Name" (id int PRIMARY KEY, "Weird ""col" text);
CREATE TABLE app.parted (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE app.parted_1 PARTITION OF app.parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE SEQUENCE app.numbers;
CREATE VIEW public.calm AS SELECT * FROM public.users WHERE mood = 'calm';
CREATE MATERIALIZED VIEW public.counts AS SELECT count(*) FROM public.orders;
CREATE FUNCTION public.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
CREATE PROCEDURE app.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int);
CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE STATISTICS app.parted_stats ON id, day FROM app.parted;
INSERT INTO public.users (email) VALUES ('a@example.org'), ('b@example.org');
GRANT ALL ON public.orders TO bot;
GRANT DELETE, TRIGGER ON public.users TO PUBLIC;
GRANT UPDATE ON SEQUENCE app.numbers TO bot;
GRANT CREATE ON SCHEMA app TO bot;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO bot;
ALTER TABLE app."Odd Name" OWNER TO bot;
ALTER FUNCTION public.twice OWNER TO bot;
"""


@dataclass
class Desk:
    """One session of the administrator, and the two roles he means."""

    conninfo: str
    session: Session
    bot: str = "bot"
    migration: str = "migrant"
    owner: str = ""
    more: dict[str, object] = field(default_factory=dict)

    def look(self) -> tuple[RolesOnServer, WantedRoles]:
        owner = self.owner or self.migration
        found = roles.read_roles(self.session, bot=self.bot, others=(self.migration, owner))
        return found, WantedRoles(self.bot, self.migration, owner, default_schemas(found), **self.more)  # type: ignore[arg-type]

    def plan(self) -> RolesPlan:
        return make_roles_plan(*self.look())

    def apply(self) -> RolesPlan:
        planned = self.plan()
        roles.apply_plan(self.session, planned, {self.bot: "geheim", self.migration: "geheim"}, lambda event: None)
        return planned

    def audit(self) -> tuple[RoleFinding, ...]:
        found, wanted = self.look()
        tried = roles_trial.attempt_all(self.session, found, wanted)
        return audit_findings(found, wanted, tried, roles_trial.attempt_on_new_table(self.session, found, wanted))

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.session.connection.execute(statement.encode())

    def login(self, role: str) -> psycopg.Connection:
        return psycopg.connect(self.conninfo, user=role, autocommit=True)


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    """An empty database."""
    with connect(database) as session:
        yield Desk(database, session)


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A database that has grown without a plan."""
    desk.run(GROWN)
    return desk


@pytest.fixture
def state_of() -> Callable[[psycopg.Connection, str], str | None]:
    """The SQLSTATE that a statement ends with; None when it goes through (it is rolled back)."""

    def ask(connection: psycopg.Connection, statement: str) -> str | None:
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(statement.encode())
        except psycopg.Error as error:
            return error.sqlstate
        return None

    return ask
