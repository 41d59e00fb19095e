"""A deploy on real servers: it goes through, or it stops with production untouched and says why."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
import pytest

from rowkeep import scratch
from rowkeep.backup import list_backups
from rowkeep.config import Settings
from rowkeep.database.catalog import fingerprint
from rowkeep.database.connection.session import connect
from rowkeep.database.store import expected_structure
from rowkeep.domain.deploy.deployment import Acceptance, Deployment
from rowkeep.domain.deploy.loss import LossKind
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Event, Noted, Outcome, StageFinished
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Plan
from rowkeep.domain.source import Place
from rowkeep.errors import Busy, Differs, Failed, ProgramMissing, Refused, Remains, RowkeepError, Unreachable
from rowkeep.files.project import machine
from rowkeep.rules import every
from rowkeep.workflows.deploy import DeployRequest, StopAfter, deploy

# Tests without majors of their own are about what deploy does with the answers of a server, whichever major it has.
pytestmark = pytest.mark.majors(15, 18, in_turn=True)

SETUP = """
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
INSERT INTO users SELECT n, 'u' || n % 50 FROM generate_series(1, 100) AS n;
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);
INSERT INTO orders SELECT n, 1 + n % 100 FROM generate_series(1, 300) AS n;
"""
GOOD = "ALTER TABLE users ADD COLUMN points int NOT NULL DEFAULT 0;"
Processes = Callable[[object], dict[int, str]]
INDEX = "CREATE INDEX CONCURRENTLY orders_user ON orders (user_id);"


@dataclass
class Shop:
    """A production database with rows, and a project that migrates it."""

    conninfo: str
    settings: Settings
    directory: Path
    events: list[Event] = field(default_factory=list)
    number: int = 1

    def migration(self, up: str) -> None:
        path = self.directory / f"170000000000{self.number}_m{self.number}.sql"
        path.write_text(f"-- Up Migration\n{up}\n-- Down Migration\n", encoding="utf-8")
        self.number += 1

    def deploy(
        self, *accepted: str, stop: StopAfter | None = None, approve: Callable[[Plan], None] = lambda plan: None
    ) -> Deployment:
        request = DeployRequest(acceptance=Acceptance(frozenset(accepted), "a test" if accepted else None), stop=stop)
        return deploy(
            self.settings,
            self.conninfo,
            request,
            lambda: RunMetadata("deploy", "tester", "here"),
            approve=approve,
            emit=self.events.append,
        )

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.conninfo) as connection:
            return connection.execute(query).fetchall()

    def digest(self) -> str:
        with connect(self.conninfo) as session:
            return fingerprint.read_structure(session).digest

    def stages(self) -> dict[str, Outcome]:
        return {event.stage: event.outcome for event in self.events if isinstance(event, StageFinished)}


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Shop:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SETUP)
    directory = tmp_path / "migrations"
    directory.mkdir()
    settings = Settings(migrations_dir=str(directory), backups_dir=str(tmp_path / "backups"))
    return Shop(database, settings, directory)


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_a_good_deploy_goes_all_the_way(shop: Shop) -> None:
    shop.migration(GOOD)
    shop.migration(INDEX)
    done = shop.deploy()

    assert set(shop.stages()) == {"preflight", "lint", "backup", "restore", "rehearse", "apply", "verify"}
    assert set(shop.stages().values()) == {Outcome.OK}
    assert done.rehearsal is not None
    assert (done.rehearsal.losses, done.rehearsal.rows) == ((), 400)
    assert shop.ask("SELECT name FROM pgmigrations ORDER BY id") == [
        ("1700000000001_m1",),
        ("1700000000002_m2",),
    ]
    assert shop.ask("SELECT sum(points) FROM users") == [(0,)]
    (backup,) = list_backups(shop.settings.backups_dir).backups
    assert backup.verified == "counts"
    with connect(shop.conninfo) as session:
        kept = expected_structure.load_expected(session)
        assert kept is not None
        assert kept.structure.digest == fingerprint.read_structure(session).digest == shop.digest()


@pytest.mark.majors(18)
@pytest.mark.parametrize("stop", [None, StopAfter.REHEARSAL])
def test_nothing_to_do_ends_after_the_look(shop: Shop, stop: StopAfter | None) -> None:
    """No replay for the witness, no programs, no backup: a deploy of nothing is a look at the database."""
    shop.migration(GOOD)
    shop.deploy()
    shop.events.clear()
    assert shop.deploy(stop=stop).plan.idle
    assert shop.stages() == {"preflight": Outcome.OK}
    assert len(list_backups(shop.settings.backups_dir).backups) == 1


@pytest.mark.majors(18)
@pytest.mark.parametrize(
    ("migration", "stop", "command"),
    [
        ("ALTER TABLE users ADD COLUMN a int; SELECT 1 / 0;", None, "rowkeep deploy"),
        ("ALTER TABLE users ADD COLUMN a int; SELECT 1 / 0;", StopAfter.REHEARSAL, "rowkeep rehearse"),
        (f"{INDEX} SELECT 1 / 0;", None, "rowkeep deploy"),
    ],
)
def test_after_a_failure_the_next_step_is_never_bare_up(
    shop: Shop, migration: str, stop: StopAfter | None, command: str
) -> None:
    shop.migration(migration)
    with pytest.raises(RowkeepError) as failed:
        shop.deploy(stop=stop)
    steps = "\n".join(failed.value.instead)
    assert command in steps
    assert "rowkeep up" not in steps


@pytest.mark.majors(18)
def test_after_a_failure_of_the_apply_itself_the_next_step_is_deploy(shop: Shop) -> None:
    """What the copy does not show: a reader that holds the table."""
    shop.migration(GOOD)
    with psycopg.connect(shop.conninfo, autocommit=True) as other:

        def hold(plan: Plan) -> None:
            other.execute("BEGIN; LOCK TABLE users IN ACCESS SHARE MODE")

        shop.settings = replace(shop.settings, lock_deadline_s=0.2)
        with pytest.raises(Busy) as busy:
            shop.deploy(approve=hold)
    assert busy.value.instead[0] == "rowkeep deploy"
    assert not any("rowkeep up" in step for step in busy.value.instead)


@pytest.mark.parametrize(
    ("change", "kind", "name", "count"),
    [
        ("DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'orders'; END $$;", LossKind.TABLE, "public.orders", 300),
        ("SELECT 1; DELETE FROM orders WHERE id <= 10;", LossKind.ROWS, "public.orders", 10),
        ("ALTER TABLE users DROP COLUMN email;", LossKind.COLUMN, "public.users.email", 100),
        ("TRUNCATE orders;", LossKind.ROWS, "public.orders", 300),
    ],
    ids=["hidden drop", "delete", "column", "truncate"],
)
def test_a_loss_stops_it_before_production(shop: Shop, change: str, kind: LossKind, name: str, count: int) -> None:
    shop.migration(GOOD)
    shop.migration(allowed(change))
    before = shop.digest()
    with pytest.raises(Refused) as caught:
        shop.deploy()
    assert f"{count}" in (caught.value.why or "")
    assert name in (caught.value.why or "")
    assert caught.value.remains is Remains.UNCHANGED
    assert any(f"--accept-loss {name}" in step for step in caught.value.instead)
    assert shop.stages()["rehearse"] is Outcome.REFUSED
    assert "apply" not in shop.stages()
    assert (shop.digest(), shop.ask("SELECT count(*) FROM orders")) == (before, [(300,)])

    done = shop.deploy(name)
    assert done.rehearsal is not None
    assert [(loss.kind, loss.name, loss.count) for loss in done.rehearsal.losses] == [(kind, name, count)]
    details = shop.ask("SELECT details FROM rowkeep.run ORDER BY began_at DESC LIMIT 1")[0][0]
    assert isinstance(details, dict)
    assert (details["accepted_losses"], details["because"]) == ([name], "a test")


def test_lint_stops_it_before_the_backup(shop: Shop) -> None:
    shop.migration("SELECT 1;\nDO $$ BEGIN EXECUTE 'DROP TABLE ' || 'orders'; END $$;")
    with pytest.raises(Refused, match="lint found 1 error") as caught:
        shop.deploy()
    assert isinstance(caught.value.where, Place)
    assert (caught.value.where.line, "drop-table" in (caught.value.why or "")) == (3, True)
    assert shop.stages() == {"preflight": Outcome.OK, "lint": Outcome.REFUSED}
    assert list_backups(shop.settings.backups_dir).backups == ()


def test_a_migration_that_fails_on_real_rows_fails_in_the_rehearsal(shop: Shop) -> None:
    shop.migration(GOOD)
    shop.migration(allowed("CREATE UNIQUE INDEX users_email ON users (email);"))
    before = shop.digest()
    with pytest.raises(Failed) as caught:
        shop.deploy()
    assert (caught.value.sqlstate, caught.value.remains) == ("23505", Remains.UNCHANGED)
    assert "rehearsal" in (caught.value.remains_detail or "")
    assert (shop.digest(), shop.stages()["rehearse"]) == (before, Outcome.FAILED)


def test_production_that_moves_during_the_rehearsal_stops_it(shop: Shop) -> None:
    shop.migration(GOOD)

    def meddle(event: Event) -> None:
        shop.events.append(event)
        if isinstance(event, StageFinished) and event.stage == "rehearse":
            with psycopg.connect(shop.conninfo, autocommit=True) as connection:
                connection.execute("CREATE TABLE surprise (id int)")

    with pytest.raises(Refused, match="changed while the rehearsal ran"):
        deploy(
            shop.settings,
            shop.conninfo,
            DeployRequest(),
            lambda: RunMetadata("deploy"),
            approve=lambda plan: None,
            emit=meddle,
        )
    assert shop.ask("SELECT to_regclass('pgmigrations')") == [(None,)]


def test_a_migration_that_does_something_else_in_production_is_found(shop: Shop) -> None:
    here = shop.ask("SHOW data_directory")[0][0]
    shop.migration(
        allowed(
            f"DO $$ BEGIN IF current_setting('data_directory') = '{here}' THEN "
            "CREATE TABLE only_here (id int); END IF; END $$;"
        )
    )
    with pytest.raises(Differs) as caught:
        shop.deploy()
    assert "only_here" in (caught.value.why or "")
    assert caught.value.remains is Remains.CHANGED_DIFFERS
    assert any("rowkeep restore" in step for step in caught.value.instead)
    assert shop.ask("SELECT name FROM pgmigrations") == [("1700000000001_m1",)]


@pytest.mark.parametrize("stop", list(StopAfter))
def test_it_can_stop_on_the_way_without_touching_production(shop: Shop, stop: StopAfter) -> None:
    shop.migration(GOOD)
    before = shop.digest()
    done = shop.deploy(stop=stop)
    assert (done.carried, (done.rehearsal is not None)) == (None, stop is StopAfter.REHEARSAL)
    assert shop.digest() == before
    assert shop.ask("SELECT to_regclass('pgmigrations')") == [(None,)]


def test_a_no_to_the_plan_stops_it(shop: Shop) -> None:
    shop.migration(GOOD)

    def no(plan: Plan) -> None:
        raise Refused("not confirmed", code=ErrorCode.NOT_CONFIRMED)

    with pytest.raises(Refused, match="not confirmed"):
        shop.deploy(approve=no)
    assert list_backups(shop.settings.backups_dir).backups == ()


@pytest.mark.majors(14, 16, 18)
def test_the_migration_role_is_rehearsed_with_its_own_rights(shop: Shop, server: scratch.Server) -> None:
    with psycopg.connect(shop.conninfo, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute("CREATE ROLE owner_role NOLOGIN; CREATE ROLE migrator LOGIN")
        connection.execute("GRANT owner_role TO migrator")
        connection.execute(f"ALTER ROLE migrator IN DATABASE {name} SET role = 'owner_role'")
        connection.execute(f"ALTER DATABASE {name} OWNER TO owner_role; ALTER SCHEMA public OWNER TO owner_role")
        connection.execute("ALTER TABLE users OWNER TO owner_role; ALTER TABLE orders OWNER TO owner_role")
        connection.execute(
            "CREATE SCHEMA ops; CREATE TABLE ops.secret (id int); GRANT USAGE ON SCHEMA ops TO migrator"
        )
        connection.execute("GRANT SELECT ON ops.secret TO owner_role; GRANT USAGE ON SCHEMA ops TO owner_role")
    as_migrator = Shop(f"{shop.conninfo} user=migrator", shop.settings, shop.directory)
    as_migrator.migration(GOOD + " CREATE TABLE IF NOT EXISTS made (id int PRIMARY KEY);")
    as_migrator.deploy()
    assert shop.ask("SELECT tableowner FROM pg_tables WHERE tablename = 'made'") == [("owner_role",)]

    as_migrator.migration("ALTER TABLE ops.secret ADD COLUMN IF NOT EXISTS more int;")
    with pytest.raises(Failed) as caught:
        as_migrator.deploy()
    assert (caught.value.sqlstate, caught.value.remains) == ("42501", Remains.UNCHANGED)


def allowed(change: str) -> str:
    """The change, past lint: what a rehearsal must stop is what lint was talked out of."""
    return f"-- rowkeep: allow-file {', '.join(rule.name for rule in every())} because a test\n{change}"


@pytest.mark.majors(18)
def test_a_migration_in_python_is_judged_rehearsed_and_applied(shop: Shop) -> None:
    shop.migration(GOOD)
    path = shop.directory / "1700000000002_double.py"
    text = """def up(db):
    for number, points in db.query("SELECT id, points FROM users"):
        db.execute("UPDATE users SET points = %s WHERE id = %s", (points + 7, number))
"""
    path.write_text(text + '    db.execute("DROP TABLE orders")\n', encoding="utf-8")
    with pytest.raises(Refused, match="lint found") as refused:
        shop.deploy()
    assert str(refused.value.where).endswith("1700000000002_double.py:4:17")
    hidden = (
        text + '    db.execute("".join(["DROP TABLE", " orders"]))  # rowkeep: allow dynamic-sql because I say so\n'
    )
    path.write_text(hidden, encoding="utf-8")
    with pytest.raises(Refused, match=r"LOST|lose|lost"):
        shop.deploy()
    assert shop.ask("SELECT count(*) FROM orders") == [(300,)]
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=r"values of public.users.points overwritten"):
        shop.deploy()
    path.write_text(f"# rowkeep: accept-loss public.users.points because 7 is added\n{text}", encoding="utf-8")
    shop.deploy()
    assert shop.ask("SELECT sum(points) FROM users") == [(700,)]


@pytest.mark.majors(18)
def test_python_that_may_act_outside_is_not_run_on_the_copy(shop: Shop, tmp_path: Path) -> None:
    shop.migration(GOOD)
    operations = tmp_path / "acts.txt"
    path = shop.directory / "1700000000002_writes.py"
    path.write_text(
        f"def up(db):\n    with open({str(operations)!r}, 'a') as file:\n        file.write(str(db.major))\n",
        encoding="utf-8",
    )
    with pytest.raises(Refused, match=r"not rehearsed: 1700000000002_writes needs open\(\)"):
        shop.deploy()
    assert not operations.exists()
    request = DeployRequest(acceptance=Acceptance(because="a test", unrehearsed=frozenset({"1700000000002_writes"})))
    done = deploy(
        shop.settings,
        shop.conninfo,
        request,
        lambda: RunMetadata("deploy", "tester", "here"),
        approve=lambda plan: None,
        emit=shop.events.append,
    )
    assert done.rehearsal is not None
    assert [one.name for one in done.rehearsal.unrehearsed] == ["1700000000002_writes"]
    assert operations.read_text(encoding="utf-8") == "18"


def test_a_loss_that_only_a_server_shows_stops_it_before_the_backup(shop: Shop) -> None:
    shop.migration("CREATE TABLE notes (id int PRIMARY KEY, body text, code varchar(20));")
    shop.migration(
        "ALTER TABLE notes ALTER COLUMN code TYPE varchar(40);\n"
        "-- rowkeep: allow dynamic-sql because a colleague has read it\n"
        "DO $$ BEGIN EXECUTE replace('ALTER TABLE # DROP COLUMN body', '#', 'notes'); END $$;"
    )
    with pytest.raises(Refused) as refused:
        shop.deploy()
    assert "witnessed-loss: takes the column notes.body away" in str(refused.value.why)
    assert refused.value.remains is Remains.UNCHANGED
    assert set(shop.stages()) == {"preflight", "lint"}
    assert not list_backups(shop.settings.backups_dir).backups


def test_a_history_that_cannot_be_replayed_is_told_and_the_text_is_judged(shop: Shop) -> None:
    shop.migration("ALTER TABLE users ADD COLUMN IF NOT EXISTS points int;")
    shop.deploy()
    said = [event.message for event in shop.events if isinstance(event, Noted)]
    assert any("the witness could not run 1700000000001_m1" in message for message in said), said


@pytest.mark.majors(18)
def test_an_accepted_loss_answers_lint_about_the_same_object_and_says_what_else_it_wants(shop: Shop) -> None:
    shop.migration("CREATE VIEW emails AS SELECT email FROM users;\nALTER TABLE users DROP COLUMN email CASCADE;")
    with pytest.raises(Refused, match="lint found 1 error") as refused:
        shop.deploy("public.users.email")
    (line,) = (step for step in refused.value.instead if "rowkeep: allow" in step)
    above, _, comment = line.partition(": -- ")
    assert above.endswith("_m1.sql:3:19"), "where it belongs"
    assert comment == "rowkeep: allow cascade-drops-more because a test"
    (path,) = shop.directory.iterdir()
    path.write_text(path.read_text().replace("ALTER TABLE", f"-- {comment}\nALTER TABLE"))
    done = shop.deploy("public.users.email")
    assert done.carried is not None


@pytest.mark.majors(14, 18)
def test_a_copy_that_would_need_icu_is_refused_before_the_backup(shop: Shop, server: scratch.Server) -> None:
    shop.migration(GOOD)
    locale = "colllocale = 'fr'" if server.major >= 17 else "collencoding = -1"
    fake = f"UPDATE pg_collation SET collprovider = 'i', {locale} WHERE collname = 'fr'"
    knows = machine.knows_icu(server.programs)
    with psycopg.connect(shop.conninfo, autocommit=True) as connection:
        if knows:
            connection.execute("CREATE COLLATION public.fr (provider = icu, locale = 'fr')")
        else:
            connection.execute("CREATE COLLATION public.fr (locale = 'C')")
            connection.execute(fake.encode())
    if knows:
        shop.deploy()
        return
    with pytest.raises(ProgramMissing) as missing:
        shop.deploy()
    assert "built without ICU, and the database has 1 ICU collation: public.fr" in str(missing.value.why)
    assert "backup" not in shop.stages()


SERVER_THAT_DOES_NOT_START = """#!/bin/sh
[ "$1" = -D ] && {{ echo "FATAL:  this server does not start" >&2; exit 1; }}
exec {program} "$@"
"""
SLOW_DUMP = """#!/bin/sh
[ "$1" = --format=custom ] && exec sleep 600
exec {program} "$@"
"""


@pytest.fixture
def broken_programs(shop: Shop, server: scratch.Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The shop, with programs whose servers do not start, and whose pg_dump takes forever."""
    scripts = {"postgres": SERVER_THAT_DOES_NOT_START, "pg_dump": SLOW_DUMP}
    with tempfile.TemporaryDirectory(prefix="rkb-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        # The template of these programs goes with them.
        monkeypatch.setenv("XDG_CACHE_HOME", name)
        for program in server.programs.names:
            real = server.programs.path(program)
            if program in scripts:
                (directory / program).write_text(scripts[program].format(program=shlex.quote(real)), "utf-8")
                (directory / program).chmod(0o755)
            else:
                (directory / program).symlink_to(real)
        shop.settings = replace(shop.settings, pg_bin=name)
        yield shop


@pytest.mark.majors(18)
def test_a_copy_that_cannot_start_stops_the_backup(broken_programs: Shop, processes: Processes) -> None:
    """The server for the copy starts beside the backup: the first failure ends both, and nothing is left."""
    shop = broken_programs
    shop.migration(GOOD)
    before = shop.digest()
    with pytest.raises(Unreachable) as caught:
        shop.deploy()
    assert caught.value.code is ErrorCode.LOCAL_SERVER_FAILED
    assert "this server does not start" in str(caught.value.why)
    assert shop.stages()["backup"] is Outcome.FAILED
    assert set(shop.stages()) == {"preflight", "lint", "backup"}
    assert sorted(path.name for path in Path(shop.settings.backups_dir).iterdir()) == [".gitignore"]
    assert shop.digest() == before
    assert any("no witness" in event.message for event in shop.events if isinstance(event, Noted))
    assert not processes(shop.settings.pg_bin)
    assert not processes(Path(str(caught.value.where)))
    assert not Path(str(caught.value.where)).exists()
