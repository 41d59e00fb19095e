"""Ways to lose data, each stopped by the guard of `up`, and harmless migrations, each applied.

A case is a file: `-- loses:` a name that the refusal must offer to accept, `-- setup`, `-- migration`. `-- since: 15`
and `-- only: superuser` limit where it runs. All cases begin with the objects of base.sql, each in a schema of its
own that stands for `public`: that is much faster than a database for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import psycopg.conninfo
import pytest
from psycopg import sql

from rowkeep.config import Settings
from rowkeep.database.catalog.compare_values import compare_values
from rowkeep.database.catalog.compare_views import compare_views, find_views_to_compare
from rowkeep.database.catalog.databases import clone_database, drop_database
from rowkeep.database.catalog.table_contents import read_contents
from rowkeep.database.connection.session import connect
from rowkeep.database.store import environment
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Request, RunResult
from rowkeep.domain.schema.table_contents import DatabaseContents
from rowkeep.errors import Failed, Refused
from rowkeep.plan.changed_tables import find_changed_relations, find_changed_tables
from rowkeep.plan.guard.statement_effects import StatementEffects
from rowkeep.plan.value_losses import find_value_losses, find_view_losses
from rowkeep.workflows.confirmation import Consent
from rowkeep.workflows.migrate import make_plan_for, migrate
from rowkeep.workflows.open_run import open_run

HERE = Path(__file__).parent
CONSENT = Consent(lambda database, danger: None, backup=False, because="test")


@dataclass(frozen=True)
class Case:
    """One file of the catalogue."""

    name: str
    loses: str
    setup: str
    migration: str
    since: int
    superuser_only: bool


def read_case(path: Path) -> Case:
    """Read a file, with its schema in place of `public`."""
    head, _, migration = path.read_text().replace("public.", f"{path.stem}.").partition("-- migration\n")
    options, _, setup = head.partition("-- setup\n")
    found = dict(line.removeprefix("-- ").split(": ", 1) for line in options.splitlines())
    only = found.get("only") == "superuser"
    return Case(path.stem, found.get("loses", ""), setup, migration, int(found.get("since", "14")), only)


def read_cases(directory: str) -> list[Case]:
    return [read_case(path) for path in sorted((HERE / directory).glob("*.sql"))]


LOSSES, HARMLESS = read_cases("losses"), read_cases("harmless")


@dataclass(frozen=True)
class Shop:
    """A database in which the cases run. role: who migrates; a plain one acts as the role that owns everything."""

    admin: psycopg.Connection[Any]
    address: str
    role: str
    root: Path

    @property
    def major(self) -> int:
        return self.admin.info.server_version // 10000

    def cases(self, cases: list[Case]) -> Iterator[Case]:
        """Those of them that can run here."""
        for case in cases:
            if case.since <= self.major and (self.role == "postgres" or not case.superuser_only):
                yield case

    def up(self, case: Case, accepted: frozenset[str] = frozenset()) -> RunResult:
        """Run `up` with this one migration. The database is marked as staging: nobody is asked, nothing is linted."""
        directory = self.root / case.name
        directory.mkdir()
        (directory / "1_case.sql").write_text(f"-- Up Migration\n{case.migration}")
        settings = Settings(
            database=self.address,
            migrations_dir=str(directory),
            schemas=(case.name,),
            history_schema=case.name,
        )
        consent = replace(CONSENT, accepted=accepted)
        return migrate(settings, self.address, Request(), lambda: RunMetadata("test"), lambda event: None, consent)

    def effects(self, case: Case) -> StatementEffects:
        """What the statements of a case are seen to do."""
        directory = self.root / f"{case.name}_read"
        directory.mkdir()
        (directory / "1_case.sql").write_text(f"-- Up Migration\n{case.migration}")
        settings = Settings(
            database=self.address, migrations_dir=str(directory), schemas=(case.name,), history_schema=case.name
        )
        with open_run(settings, self.address, lambda event: None) as run:
            return StatementEffects(make_plan_for(run.session, run.survey, Request()).steps)

    def set_up(self, case: Case) -> None:
        """Make the objects of a case."""
        self.admin.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(case.name)))
        self.admin.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(case.name)))
        self.admin.execute((HERE / "base.sql").read_text())
        self.admin.execute(sql.SQL("GRANT ALL ON SCHEMA {} TO somebody").format(sql.Identifier(case.name)))
        if case.setup:
            self.admin.execute(case.setup)

    def clear(self, case: Case) -> None:
        """Drop its objects: the guard looks at the whole database, so each case would make the next ones slower."""
        self.admin.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(case.name)))

    def contents(self, case: Case) -> list[tuple[Any, ...]]:
        """What the schema of a case has and holds."""
        return self.admin.execute(CONTENTS, {"schema": case.name}).fetchall()


CONTENTS = """
SELECT 'relation', c.oid::text, concat_ws(' ', c.relname, c.relkind, c.relpersistence, c.relispartition,
        c.relrowsecurity, c.relhastriggers, c.relhasrules, c.relnatts),
       CASE WHEN c.relkind IN ('r', 'p') THEN query_to_xml(
           format('SELECT md5(string_agg(t::text, '','' ORDER BY t::text)) AS hash FROM %%s t', c.oid::regclass),
           false, true, '')::text END
FROM pg_class c WHERE c.relnamespace = %(schema)s::text::regnamespace AND c.relname NOT LIKE 'pgmigrations%%'
    AND c.relkind IN ('r', 'p', 'v', 'm')
UNION ALL SELECT 'column', attrelid::text, attnum::text, concat_ws(' ', attname, atttypid, atttypmod, attisdropped)
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
WHERE c.relnamespace = %(schema)s::text::regnamespace AND c.relname NOT LIKE 'pgmigrations%%' AND attnum > 0
UNION ALL SELECT 'sequence', sequencename, last_value::text, ''
FROM pg_sequences WHERE schemaname = %(schema)s::text AND sequencename NOT LIKE 'pgmigrations%%'
UNION ALL SELECT 'trigger', t.oid::text, tgenabled::text, '' FROM pg_trigger t
JOIN pg_class c ON c.oid = tgrelid WHERE c.relnamespace = %(schema)s::text::regnamespace
UNION ALL SELECT 'enum', oid::text, enumlabel, '' FROM pg_enum
UNION ALL SELECT 'policy', oid::text, polqual::text, '' FROM pg_policy
UNION ALL SELECT 'setting', setdatabase::text, setrole::text, setconfig::text FROM pg_db_role_setting
UNION ALL SELECT 'large object', l.oid::text, encode(lo_get(l.oid), 'hex'), '' FROM pg_largeobject_metadata l
ORDER BY 1, 2, 3
"""


@pytest.fixture(params=["superuser", "plain"])
def shop(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Shop]:
    plain = request.param == "plain"
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("CREATE ROLE somebody; CREATE ROLE guard_owner; CREATE ROLE guard_migrator LOGIN")
        admin.execute("GRANT guard_owner TO guard_migrator; GRANT somebody TO guard_owner")
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO guard_owner").format(sql.Identifier(admin.info.dbname)))
        admin.execute("GRANT ALL ON SCHEMA public TO guard_owner")
        role = "guard_migrator" if plain else "postgres"
        if plain:
            admin.execute("ALTER ROLE guard_migrator SET role = 'guard_owner'")
            admin.execute("SET ROLE guard_owner")
        address = psycopg.conninfo.make_conninfo(database, user=role)
        with connect(address) as session:
            environment.mark_environment(session, EnvironmentKind.STAGING)
        yield Shop(admin, address, role, tmp_path)


@pytest.mark.majors(14, 18)
def test_every_loss_is_stopped_and_rolled_back(shop: Shop) -> None:
    wrong = []
    for case in shop.cases(LOSSES):
        shop.set_up(case)
        before = shop.contents(case)
        try:
            shop.up(case)
        except Refused as refused:
            offered = f"{refused.instead} {refused.why}".replace("'", " ")
            if refused.code is not ErrorCode.DATA_LOSS:
                wrong.append(f"{case.name}: {refused}")
            elif not re.search(rf"[ .]{re.escape(case.loses)} ", offered):
                wrong.append(f"{case.name}: names {offered}")
            elif shop.contents(case) != before:
                wrong.append(f"{case.name}: refused, and something changed")
        except Failed as failed:
            wrong.append(f"{case.name}: FAILED {failed} {failed.why}")
        else:
            wrong.append(f"{case.name}: APPLIED")
        shop.clear(case)
    assert not wrong, "\n".join(wrong)


@pytest.mark.majors(14, 18)
def test_every_harmless_migration_is_applied_and_its_values_are_meant(shop: Shop, database: str) -> None:
    """The guard of `up` lets it pass, and so does the comparison with a clone from before, which a rehearsal makes."""
    cases = list(shop.cases(HARMLESS))
    for case in cases:
        shop.set_up(case)
    name = shop.admin.info.dbname
    shop.admin.close()  # nobody may use the database that is cloned
    wrong = []
    with connect(psycopg.conninfo.make_conninfo(database, dbname="postgres")) as session:
        clone_database(session, name, f"{name}_before")
        try:
            before = read_tables(database)
            effects = {case.name: shop.effects(case) for case in cases}
            for case in cases:
                try:
                    result = shop.up(case)
                except (Refused, Failed) as error:
                    wrong.append(f"{case.name}: {error} {error.why}")
                else:
                    if result.losses:
                        wrong.append(f"{case.name}: reports {result.losses}")
            after = read_tables(database)
            changed = find_changed_tables(before, after)
            clone = psycopg.conninfo.make_conninfo(database, dbname=f"{name}_before")
            with connect(clone) as old, connect(database) as new:
                replaced = find_views_to_compare(old, new, find_changed_relations(before, after))
                compared = compare_values(old, new, changed)
            with connect(clone) as old, connect(database) as new:
                views = compare_views(old, new, replaced, "public")
        finally:
            drop_database(session, f"{name}_before")
    assert not wrong, "\n".join(wrong)
    overwritten = {column.name: column.count for column in compared if column.count}
    assert overwritten["count_up.users.visits"] == 200 and overwritten["one_row_by_its_key.settings.value"] == 1
    lost = [
        loss
        for schema, seen in effects.items()
        for loss in find_value_losses(
            [column for column in compared if column.table.startswith(f"{schema}.")], seen, ()
        )
    ]
    lost += find_view_losses(views)
    assert "replace_view_with_one_more_column.paid" in {view.name for view in views if view.replaced and view.is_same}
    assert not lost, "\n".join(str(loss) for loss in lost)


def read_tables(address: str) -> DatabaseContents:
    with connect(address) as session:
        return read_contents(session, history_schema="public", history_table="pgmigrations")
