"""Migrations in Python: the same ledger, plan and guard; either all of it is there, or nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.patience import PATIENCE_S
from tests.support.forked_command import start_command
from tests.support.waiting import act_when, wait_until, waits_for_lock

from rowkeep.database.python import api
from rowkeep.domain.event import Event, Noted, StageProgress, StatementStarted
from rowkeep.domain.plan import Action, EditState
from rowkeep.errors import Failed, HalfDone, Refused, Remains, Unparsable

if TYPE_CHECKING:
    from conftest import Project

pytestmark = [pytest.mark.server, pytest.mark.majors(18)]

UPPER = '''"""What SQL cannot do."""
import hashlib

from rowkeep import Database


def up(db: Database) -> None:
    db.execute("CREATE TABLE users (id int PRIMARY KEY, mail text, hash text)")
    db.copy_in("users", ["id", "mail"], [(n, f"user{n}@example.com") for n in range(100)])
    for number, mail in db.query("SELECT id, mail FROM users WHERE id < %s", (50,)):
        digest = hashlib.sha256(mail.encode()).hexdigest()
        db.execute("UPDATE users SET hash = %(digest)s WHERE id = %(id)s", {"digest": digest, "id": number})
    db.execute_many("UPDATE users SET hash = %s WHERE id = %s", [("x", n) for n in range(50, 100)])
    db.tell("hashed")
    print("printed")


def down(db: Database) -> None:
    db.execute("DROP TABLE users")
'''


def python(project: Project, name: str, text: str) -> Path:
    path = project.migrations / f"{name}.py"
    path.write_text(text)
    return path


def up(*lines: str, head: str = "") -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"{head}\ndef up(db):\n{body}\n\n\ndef down(db):\n    pass\n"


@pytest.mark.majors(14, 18)
def test_up_down_redo_among_sql(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);", "DROP TABLE a;")
    python(project, "2_users", UPPER)
    project.write("3_c", "CREATE TABLE c AS SELECT count(*) FROM users;", "DROP TABLE c;")
    carried = project.run()
    assert project.names() == ["1_a", "2_users", "3_c"]
    assert project.sql("SELECT count(*), count(hash), min(length(hash)) FROM users") == [(100, 100, 1)]
    assert [step.name for step, _ in carried.done] == project.names()
    assert {event.message for event in project.events if isinstance(event, Noted)} >= {"hashed", "printed"}
    assert [e.head for e in project.events if isinstance(e, StatementStarted)][1] == "def up(db: Database) -> None:"
    assert project.sql("SELECT text FROM rowkeep.entry WHERE migration = '2_users'") == [UPPER]
    project.run(Action.REDO, count=3)
    assert project.names() == ["1_a", "2_users", "3_c"]
    project.run(Action.DOWN, count=2)
    assert project.names() == ["1_a"]
    assert not project.exists("users")
    told = project.json("history")["result"]["entries"]
    assert [(e["migration"], e["direction"]) for e in told if e["standing"]] == [("1_a", "up")]


def test_what_it_raises_is_told_with_its_place(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    python(project, "2_b", up('db.execute("CREATE TABLE b (id int)")', "x = [1, 2]", "return x[len(x)]"))
    with pytest.raises(Failed) as raised:
        project.run()
    error = raised.value
    assert (str(error.where).rpartition("/")[2], error.why) == ("2_b.py:5:12", "IndexError: list index out of range")
    assert error.excerpt is not None
    assert error.excerpt.caret == (5, 12, len("x[len(x)]"))
    assert error.remains is Remains.ROLLED_BACK
    assert (project.names(), project.exists("b")) == (["1_a"], False)
    said = project.rowkeep("up")
    assert said.returncode == 5
    assert "Traceback" not in said.stderr
    assert "2_b.py:5:12" in said.stderr


def test_what_the_server_says_is_told_at_its_word(project: Project) -> None:
    text = up('db.execute("CREATE TABLE b (id int);"', '           " INSERT INTO b SELECT nothing")')
    python(project, "1_b", text)
    with pytest.raises(Failed) as raised:
        project.run()
    error = raised.value
    assert (error.sqlstate, str(error.where).rpartition("/")[2]) == ("42703", "1_b.py:4:39")
    assert error.excerpt is not None
    assert error.excerpt.caret[2] == len("nothing")
    python(project, "1_b", up("db.query(\"SELECT %s::int, 'a%%', missing\", (1,))"))
    with pytest.raises(Failed) as raised:
        project.run()
    assert str(raised.value.where).rpartition("/")[2] == "1_b.py:3:38"


def test_an_error_that_is_swallowed_is_the_cause_all_the_same(project: Project) -> None:
    lines = ("try:", '    db.execute("SELECT 1 / 0")', "except Exception:", "    pass")
    python(project, "1_a", up(*lines, 'return "fine"'))
    with pytest.raises(Failed, match="1_a was not applied") as raised:
        project.run()
    assert (raised.value.sqlstate, str(raised.value.where).rpartition(":")[0][-7:]) == ("22012", "_a.py:4")
    assert project.names() == []
    caught = (
        "try:",
        "    with db.transaction():",
        '        db.execute("SELECT 1 / 0")',
        "except Exception:",
        "    pass",
    )
    python(project, "1_a", up(*caught, 'db.execute("CREATE TABLE a ()")'))
    project.run()
    assert project.exists("a")


@pytest.mark.parametrize("way", ['db.execute("COMMIT")', 'db.execute("SELECT 1; commit; begin")', "db.query('END')"])
def test_a_transaction_is_not_ended_from_within(project: Project, way: str) -> None:
    """Written down it is refused before; put together while it runs it is refused when it is sent."""
    python(project, "1_a", up('db.execute("CREATE TABLE a ()")', way))
    with pytest.raises(Refused, match="begins or ends a transaction"):
        project.run()
    text = way.partition("(")[2][1:-2]
    python(project, "1_a", up('db.execute("CREATE TABLE a ()")', f"db.execute(''.join({list(text)}))"))
    with pytest.raises(Failed) as raised:
        project.run()
    assert "Rowkeep's to do" in (raised.value.why or "")
    assert (project.names(), project.exists("a")) == ([], False)


def test_a_transaction_that_is_ended_by_force_is_noticed(project: Project) -> None:
    force = 'db._channel.connection.pgconn.exec_(b"COMMIT; BEGIN")'
    python(project, "1_a", up('db.execute("CREATE TABLE a ()")', force, 'db.execute("CREATE TABLE b ()")'))
    with pytest.raises(HalfDone, match="half done") as raised:
        project.run()
    assert "has ended the transaction" in (raised.value.why or "")
    assert (project.names(), project.exists("a"), project.exists("b")) == ([], True, False)
    python(project, "1_a", up('db.execute("CREATE TABLE IF NOT EXISTS a ()")', force.replace("; BEGIN", "")))
    with pytest.raises(HalfDone):
        project.run()
    assert project.names() == []


def test_edits_are_seen_by_what_they_mean(project: Project) -> None:
    path = python(project, "1_users", UPPER)
    project.run()
    assert project.survey().standings[0].edit is EditState.SAME
    laid_out = (
        UPPER.replace('"""What SQL cannot do."""', "'''Another word.'''  # and a comment")
        .replace("CREATE TABLE users (id int PRIMARY KEY,", "create table users (\\\n   id INT primary key,")
        .replace('db.tell("hashed")', "db.tell(\n        'hashed',\n    )\n")
        .replace("DROP TABLE users", "DROP TABLE IF EXISTS users")
    )
    path.write_text(laid_out)
    assert project.survey().standings[0].edit is EditState.COMMENT
    path.write_text(UPPER.replace("id < %s", "id <= %s"))
    assert project.survey().standings[0].edit is EditState.CHANGED
    with pytest.raises(Refused, match="edited") as raised:
        project.run()
    assert '+    for number, mail in db.query("SELECT id, mail FROM users WHERE id <= %s", (50,)):' in (
        raised.value.why or ""
    )
    assert project.rowkeep("accept", "1_users", "--because", "x").returncode == 0
    assert project.survey().standings[0].edit is EditState.SAME
    path.unlink()
    with pytest.raises(Refused, match="the file is gone"):
        project.run()


def test_nothing_of_a_file_is_run_before_its_turn(project: Project) -> None:
    """Lint, plan, status and a refused up read the file, and do not run it."""
    mark = project.root / "mark"
    touch = f"open({str(mark)!r}, 'a').write('x')\n"
    python(project, "1_a", touch + up('db.execute("CREATE TABLE a ()")'))
    for words in (["lint"], ["plan"], ["status"], ["plan", "--save", "p.json"], ["history"]):
        project.rowkeep(*words)
        assert not mark.exists(), words
    assert "code-on-import" in project.rowkeep("lint").stdout
    assert project.rowkeep("up", "--plan", "p.json").returncode == 0
    assert mark.read_text() == "x"
    assert project.rowkeep("mark", "unapplied", "1_a", "--because", "x").returncode == 0
    assert project.rowkeep("mark", "applied", "1_a", "--because", "x").returncode == 0
    assert mark.read_text() == "x"
    assert project.survey().standings[0].edit is EditState.SAME


def test_the_whole_transaction_is_tried_again_for_a_lock(project: Project) -> None:
    project.sql("CREATE TABLE a (id int)")
    add = 'db.execute(" ".join(["ALTER TABLE a ADD COLUMN", "b int"]))'
    python(project, "1_a", up('db.execute("CREATE TABLE b ()")', add))
    with psycopg.connect(project.conninfo) as reader:
        reader.execute("SELECT FROM a")
        began = []

        def emit(event: Event) -> None:
            if isinstance(event, StatementStarted):
                began.append(event)
                if len(began) == 3:
                    reader.rollback()

        project.run(emit=emit)
        assert len(began) == 3
    assert project.names() == ["1_a"]
    assert project.sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'b'") == [1]


def test_a_lock_that_cannot_be_acquired_is_exit_4(project: Project) -> None:
    project.sql("CREATE TABLE a (id int)")
    add = 'db.execute(" ".join(["ALTER TABLE a ADD COLUMN", "b int"]))'
    python(project, "1_a", up(add))
    with psycopg.connect(project.conninfo) as reader:
        reader.execute("SELECT FROM a")
        said, pid = project.rowkeep("up", "--lock-deadline", "5s"), reader.info.backend_pid
    assert said.returncode == 4, said.stderr
    assert str(pid) in said.stderr
    assert project.names() == []


LOOP = {
    "python": "while True: pass",
    "sleep": "__import__('time').sleep(600)",
    "server": 'db.query("SELECT pg_sleep(600)")',
    "caught": "while True:\n      try: db.query('SELECT pg_sleep(600)')\n      except Exception: pass",
}


@pytest.mark.parametrize(
    ("where", "by"),
    [
        ("python", signal.SIGINT),
        ("python", signal.SIGTERM),
        ("sleep", signal.SIGTERM),
        ("server", signal.SIGINT),
        ("caught", signal.SIGINT),
    ],
)
def test_a_signal_ends_what_hangs(project: Project, where: str, by: signal.Signals) -> None:
    mark = project.root / "mark"
    python(project, "1_a", up('db.execute("CREATE TABLE a ()")', f"open({str(mark)!r}, 'w').close()", LOOP[where]))
    with start_command("up", cwd=project.root, env={**os.environ, "DATABASE_URL": project.conninfo}) as run:
        wait_until(lambda: run.poll() is not None or hangs(project, mark, where))
        run.send_signal(by)
        _, said = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 128 + by, said
    assert "Traceback" not in said
    assert "rolled back" in said
    assert (project.names(), project.exists("a")) == ([], False)
    assert project.sql("SELECT outcome FROM rowkeep.run") == ["interrupted"]


def hangs(project: Project, mark: Path, where: str) -> bool:
    """Whether the function has begun to hang: on the server, or at least right before the line that hangs."""
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    return mark.exists() and (where not in ("server", "caught") or project.sql(asleep) == [1])


@pytest.mark.majors(14, 18)
def test_batches_commit_by_themselves_and_the_next_up_goes_on(project: Project) -> None:
    project.sql("CREATE TABLE a (id int, done bool); INSERT INTO a SELECT generate_series(1, 1000)")
    batch = "UPDATE a SET done = true WHERE id IN (SELECT id FROM a WHERE done IS NULL ORDER BY id LIMIT 100)"
    stop = ("if db.query('SELECT count(*) FROM a WHERE done')[0][0] == 300:", "    raise LookupError('half')")
    text = up(f'db.execute("{batch}")', f'db.execute("{batch}")', f'db.execute("{batch}")', *stop)
    path = python(project, "1_a", "TRANSACTION = False\n" + text)
    with pytest.raises(HalfDone) as raised:
        project.run()
    assert "what up() of 1_a has committed stays" in (raised.value.remains_detail or "")
    assert "calls the function again" in raised.value.instead[0]
    assert project.sql("SELECT count(*) FROM a WHERE done") == [300]
    assert project.survey().standings[0].stand.value == "unfinished"
    lines = (f'assert db.batched("{batch}") == 700', 'db.execute("CREATE INDEX CONCURRENTLY i ON a (id)")')
    path.write_text("TRANSACTION = False\n" + up(*lines, "assert not db.in_transaction"))
    project.run()
    assert project.names() == ["1_a"]
    assert project.sql("SELECT count(*) FROM rowkeep.checkpoint") == [0]
    assert project.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [True]


def test_a_batch_can_be_a_function(project: Project) -> None:
    project.sql("CREATE TABLE a (id int, word text); INSERT INTO a SELECT generate_series(1, 10)")
    take = """TRANSACTION = False
def up(db):
    def batch():
        rows = db.query("SELECT id FROM a WHERE word IS NULL ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED")
        assert db.in_transaction
        return db.execute_many("UPDATE a SET word = %s WHERE id = %s", [(str(n) * 2, n) for (n,) in rows])
    assert db.batched(batch) == 10
    with db.transaction():
        db.execute("CREATE TABLE b ()")
"""
    python(project, "1_a", take)
    project.run()
    assert project.sql("SELECT word FROM a ORDER BY id LIMIT 2") == ["11", "22"]
    assert project.exists("b")
    python(project, "2_b", up('db.batched("DELETE FROM a WHERE id < 3")'))
    with pytest.raises(Failed) as raised:
        project.run()
    assert "TRANSACTION = False" in (raised.value.why or "")


def test_batches_tell_how_far_they_are(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "REPORT_EVERY_S", 0.0)
    project.sql("CREATE TABLE a (id int); INSERT INTO a SELECT generate_series(1, 5)")
    batch = "DELETE FROM a WHERE id IN (SELECT id FROM a LIMIT 2)"
    python(project, "1_a", "TRANSACTION = False\n" + up(f'db.batched("{batch}")'))
    project.run()
    told = [event.detail for event in project.events if isinstance(event, StageProgress)]
    assert told == ["2 rows in 1 batch", "4 rows in 2 batches", "5 rows in 3 batches"]


def test_a_function_can_limit_its_own_statements(project: Project) -> None:
    project.sql("CREATE TABLE a (id int)")
    lines = ("db.execute(\"SET LOCAL statement_timeout = '50ms'\")", 'db.execute("LOCK a")')
    python(project, "1_a", up(*lines, 'db.execute("SELECT pg_sleep(30)")'))
    with pytest.raises(Failed) as failed:
        project.run()
    assert failed.value.sqlstate == "57014" and project.names() == []


def test_a_batch_waits_for_its_locks(project: Project) -> None:
    project.sql("CREATE TABLE a (id int PRIMARY KEY, word text); INSERT INTO a VALUES (1)")
    batch = "UPDATE a SET word = 'x' WHERE word IS NULL"
    python(project, "1_a", "TRANSACTION = False\n" + up(f'assert db.batched("{batch}") == 1'))
    with psycopg.connect(project.conninfo) as other:
        other.execute("SELECT FROM a FOR UPDATE")
        with act_when(waits_for_lock(project), other.rollback):
            project.run()
    assert project.sql("SELECT word FROM a") == ["x"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def up(db)\n", "this is not Python"),
        ("def down(db): pass\n", "no function up"),
        ("async def up(db): pass\n", "no function up"),
        ("def up(): pass\n", "one argument"),
        ("def up(db): yield\n", "is a generator"),
        ("TRANSACTION = not True\ndef up(db): pass\n", "True or False"),
        ("def up(db): db.execute('VACUUM')\n", "cannot run in a transaction"),
    ],
)
def test_what_cannot_be_called_is_refused_before_anything_is_sent(project: Project, text: str, says: str) -> None:
    project.write("1_a", "CREATE TABLE a (id int);")
    python(project, "2_b", text)
    with pytest.raises(Refused, match=says):
        project.run()
    assert project.names() == []
    python(project, "2_b", up('db.execute("SELEC 1")'))
    with pytest.raises(Unparsable):
        project.run()


def test_a_file_that_does_not_load_says_where(project: Project) -> None:
    python(project, "1_a", up("pass", head="import nothing_of_this_name\n"))
    with pytest.raises(Failed) as raised:
        project.run()
    assert (raised.value.why or "").startswith("ModuleNotFoundError: No module named 'nothing_of_this_name'")
    assert str(raised.value.where).rpartition("/")[2] == "1_a.py:1:1"
    (project.root / "of_the_project.py").write_text("VALUE = 7\n")
    path = python(project, "1_a", up("db.execute('CREATE TABLE a AS SELECT %s::int AS b' % VALUE)"))
    path.write_text("from of_the_project import VALUE\n" + path.read_text())
    assert project.rowkeep("up").returncode == 0
    assert project.sql("TABLE a") == [7]


def test_what_is_forgotten_is_not_asked_for_again(project: Project) -> None:
    project.write("1_a", "CREATE TABLE a ();", "DROP TABLE a;")
    python(project, "2_b", up('db.execute("DEALLOCATE ALL")', 'db.execute("CREATE TABLE b ()")'))
    project.write("3_c", "CREATE TABLE c ();", "DROP TABLE c;")
    project.run()
    assert project.names() == ["1_a", "2_b", "3_c"]
    project.sql("DROP TABLE b")
    project.run(Action.REDO, count=3)
    assert project.exists("b")


def test_an_error_of_a_module_says_where_it_came_up(project: Project) -> None:
    (project.root / "of_another.py").write_text("def fail():\n    raise LookupError('nothing there')\n")
    python(project, "1_a", up("of_another.fail()", head="import of_another"))
    said = project.rowkeep("up")
    assert said.returncode == 5
    assert "LookupError: nothing there" in said.stderr
    assert "raised in of_another.py:2" in said.stderr
    assert "1_a.py:3:5" in said.stderr


def test_no_down_no_undoing(project: Project) -> None:
    python(project, "1_a", "def up(db):\n    db.execute('CREATE TABLE a ()')\n")
    project.run()
    with pytest.raises(Refused, match="no down part") as raised:
        project.run(Action.DOWN)
    assert "def down(db)" in raised.value.instead[0]


SILENCE = [
    "[(pid,)] = db.query('SELECT pg_backend_pid()')",
    'db.execute("SET LOCAL idle_in_transaction_session_timeout = 100")',
    "with psycopg.connect(os.environ['DATABASE_URL'], autocommit=True) as other:",
    "    while other.execute('SELECT 1 FROM pg_stat_activity WHERE pid = %s', (pid,)).fetchone():",
    "        time.sleep(0.01)",
]
"""The server ends a session that is idle for so long; the function returns when it is gone."""

ENDS = {
    "by another": ["db.execute('SELECT pg_terminate_backend(pg_backend_pid())')"],
    "for its silence": SILENCE,
    "and then asked": [*SILENCE, "db.query('SELECT 1')"],
}


@pytest.mark.parametrize("how", list(ENDS))
def test_an_ended_session_is_told_and_nothing_stays(project: Project, how: str) -> None:
    python(project, "1_a", up('db.execute("CREATE TABLE a ()")', *ENDS[how], head="import os, time, psycopg"))
    said = project.rowkeep("up")
    assert said.returncode == 3, said.stderr
    assert "rolled back" in said.stderr
    assert (project.names(), project.exists("a")) == ([], False)
