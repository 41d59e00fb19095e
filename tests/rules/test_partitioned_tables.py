"""What PostgreSQL refuses on partitioned tables and partitions: the rules foresee it, and nothing else (14 to 18)."""

from __future__ import annotations

import psycopg
import pytest

from rowkeep import files
from rowkeep.analysis import LintOptions, analyze

GIVEN = """
CREATE TABLE member (id bigint PRIMARY KEY);
CREATE TABLE visit (id int NOT NULL, d int NOT NULL, note text) PARTITION BY LIST (d);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1);
CREATE INDEX visit_note ON visit (note);
CREATE TABLE other (id int, d int, note text);
CREATE TABLE computed (id int, d int) PARTITION BY LIST ((d + 1));
CREATE TABLE base (a int, b int);
CREATE TABLE kid (c int) INHERITS (base);
CREATE TABLE plain (id int NOT NULL, d int NOT NULL);
"""
FAILS = "impossible-on-partitioned-table"
STATEMENTS = (
    "ALTER TABLE visit ADD PRIMARY KEY (id)",
    "ALTER TABLE visit ADD PRIMARY KEY (id, d)",
    "ALTER TABLE visit ADD UNIQUE (id)",
    "ALTER TABLE visit ADD UNIQUE (d, id)",
    "CREATE UNIQUE INDEX ON visit (id)",
    "CREATE UNIQUE INDEX ON visit (id, d)",
    "CREATE INDEX ON visit (id)",
    "CREATE INDEX CONCURRENTLY ON visit (id)",
    "ALTER TABLE computed ADD UNIQUE (id, d)",
    "ALTER TABLE visit ADD EXCLUDE USING btree (id WITH =)",
    "ALTER TABLE visit ADD EXCLUDE USING btree (id WITH =, d WITH =)",
    "CREATE TABLE early (id int PRIMARY KEY, d int) PARTITION BY LIST (d)",
    "CREATE TABLE early (id int, d int, PRIMARY KEY (id, d)) PARTITION BY LIST (d)",
    "ALTER TABLE ONLY visit ADD CHECK (id > 0)",
    "ALTER TABLE visit ADD CHECK (id > 0)",
    "ALTER TABLE ONLY visit ADD FOREIGN KEY (id) REFERENCES member (id)",
    "ALTER TABLE ONLY visit ADD COLUMN more int",
    "ALTER TABLE ONLY visit DROP COLUMN note",
    "ALTER TABLE ONLY visit ALTER COLUMN note TYPE varchar",
    "ALTER TABLE visit DROP COLUMN d",
    "ALTER TABLE visit ALTER COLUMN d TYPE bigint",
    "ALTER TABLE visit DROP COLUMN note",
    "ALTER TABLE visit_1 ADD COLUMN more int",
    "ALTER TABLE visit_1 DROP COLUMN note",
    "ALTER TABLE visit_1 ALTER COLUMN note TYPE varchar",
    "ALTER TABLE visit_1 RENAME COLUMN note TO words",
    "ALTER TABLE visit_1 ADD CHECK (id > 0)",
    "REINDEX TABLE visit",
    "REINDEX INDEX visit_note",
    "REINDEX TABLE visit_1",
    "REINDEX TABLE CONCURRENTLY visit",
    "CLUSTER visit USING visit_note",
    "ALTER TABLE visit CLUSTER ON visit_note",
    "ALTER TABLE visit SET (fillfactor = 70)",
    "ALTER TABLE visit_1 SET (fillfactor = 70)",
    "ALTER TABLE visit SET LOGGED",
    "ALTER TABLE visit SET UNLOGGED",
    "ALTER TABLE visit INHERIT other",
    "ALTER TABLE kid DROP COLUMN a",
    "ALTER TABLE kid DROP COLUMN c",
    "ALTER TABLE kid ALTER COLUMN a TYPE bigint",
    "ALTER TABLE kid RENAME COLUMN a TO z",
    "ALTER TABLE kid NO INHERIT base; ALTER TABLE kid DROP COLUMN a",
    "ALTER TABLE ONLY base ADD CHECK (a > 0)",
    "ALTER TABLE ONLY base ADD CHECK (a > 0) NO INHERIT",
    "ALTER TABLE ONLY kid ADD CHECK (a > 0)",
    "ALTER TABLE base ADD CHECK (a > 0)",
    "ALTER TABLE ONLY base DROP COLUMN b; ALTER TABLE kid DROP COLUMN b",
    "ALTER TABLE plain ADD PRIMARY KEY (id)",
    "REINDEX TABLE plain",
)


@pytest.mark.majors(14, 15, 16, 17, 18)
def test_the_server_refuses_what_the_rule_says_it_does(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        major = connection.info.server_version // 10000
        connection.execute(GIVEN)
        wrong = []
        for statement in STATEMENTS:
            together = "CONCURRENTLY" not in statement
            connection.execute("BEGIN" if together else "SELECT")
            try:
                connection.execute(statement)
                refused = False
            except psycopg.Error:
                refused = True
            connection.execute("ROLLBACK" if together else "SELECT")
            texts = [files.read_text("1_a.sql", GIVEN), files.read_text("2_b.sql", statement + ";")]
            result = analyze(texts, LintOptions(select=(FAILS,), only={"2_b"}, major=major))
            if refused is not bool(result.findings):
                wrong.append(f"{statement}: {'refused' if refused else 'taken'}")
        assert not wrong


def test_a_column_that_is_inherited_is_not_said_to_lose_its_values() -> None:
    texts = [files.read_text("1_a.sql", GIVEN), files.read_text("2_b.sql", "ALTER TABLE kid DROP COLUMN a;")]
    found = analyze(texts, LintOptions(select=("drop-column", FAILS), only={"2_b"})).findings
    assert [each.rule for each in found] == [FAILS]


ATTACHED = """
CREATE TABLE member (id bigint PRIMARY KEY);
CREATE TABLE visit (id bigint, d int NOT NULL, member_id bigint REFERENCES member (id)) PARTITION BY LIST (d);
CREATE INDEX visit_id ON visit (id);
ALTER TABLE visit ADD CONSTRAINT visit_key UNIQUE (id, d);
CREATE TABLE fresh (id bigint, d int NOT NULL CHECK (d = 7), member_id bigint);
"""
ATTACH = "ALTER TABLE visit ATTACH PARTITION fresh FOR VALUES IN (7);"
PREPARED = """
ALTER TABLE fresh ADD CONSTRAINT k FOREIGN KEY (member_id) REFERENCES member (id) NOT VALID;
CREATE INDEX fresh_id ON fresh (id);
ALTER TABLE fresh ADD CONSTRAINT u UNIQUE (id, d);
"""
VALID = "ALTER TABLE fresh VALIDATE CONSTRAINT k;"


@pytest.mark.majors(14, 15, 16, 17, 18)
@pytest.mark.parametrize(
    ("first", "validates", "builds"),
    [("", True, ["visit_id", "visit_key"]), (PREPARED, True, []), (PREPARED + VALID, False, [])],
    ids=["bare", "not-valid", "prepared"],
)
def test_attach_validates_keys_and_builds_indexes(
    database: str, first: str, validates: bool, builds: list[str]
) -> None:
    heard: list[str] = []
    with psycopg.connect(database, autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
        connection.execute(ATTACHED + first)
        heard.clear()
        connection.execute("SET client_min_messages = debug1")
        connection.execute(ATTACH)
    assert any(line.startswith("validating foreign key") for line in heard) is validates
    assert sum(line.startswith("building index") for line in heard) == len(builds)
    migrations = [files.read_text(f"{number}_a.sql", text) for number, text in enumerate((ATTACHED, first, ATTACH))]
    rules = ("foreign-key-blocks-writes", "index-blocks-writes")
    found = {each.rule: each for each in analyze(migrations, LintOptions(select=rules, only={"2_a"})).findings}
    assert ("foreign-key-blocks-writes" in found) is validates
    assert ("index-blocks-writes" in found) is bool(builds)
    if validates:
        assert "member" in found["foreign-key-blocks-writes"].message
    if builds:
        assert ", ".join(builds) in found["index-blocks-writes"].message


SONG = """CREATE TABLE song (id bigint PRIMARY KEY, title text, loud text GENERATED ALWAYS AS (upper(title)) STORED);
CREATE INDEX song_loud ON song (loud);"""


@pytest.mark.majors(14, 15, 16, 17, 18)
@pytest.mark.parametrize("cascade", ["", " CASCADE"])
def test_a_column_under_a_generated_one(database: str, cascade: str) -> None:
    drop = f"ALTER TABLE song DROP COLUMN title{cascade};"
    with psycopg.connect(database, autocommit=True) as connection:
        major = connection.info.server_version // 10000
        connection.execute(SONG)
        refused = False
        try:
            connection.execute(drop)
        except psycopg.errors.DependentObjectsStillExist:
            refused = True
        rows = connection.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'song'::regclass AND attnum > 0")
        left = {name for (name,) in rows if not name.startswith("....")}
    texts = [files.read_text("1_a.sql", SONG), files.read_text("2_b.sql", drop + "DROP INDEX song_loud;")]
    result = analyze(texts, LintOptions(only={"2_b"}, major=major))
    found = {each.rule: each.message for each in result.findings}
    assert ("still-needed-by-others" in found) is refused
    assert ("loud" not in left) is ("the generated column loud" in found["drop-column"])
    assert refused or "no-longer-there" in found
