"""ALTER COLUMN in its many forms: what is found, how heavily, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg import connect

Find = Callable[..., list[str]]
TYPES = (
    "type-change-rewrites-table",
    "type-change-reads-table",
    "type-change-of-used-column",
    "type-change-loses-values",
    "json-column",
)
TABLE = """
    CREATE DOMAIN nick AS varchar(20);
    CREATE TABLE t (
      id bigint PRIMARY KEY, i integer, v varchar(20), n numeric(10,2), ts timestamp, tz timestamptz(6), tx text,
      j json,
      c varchar(20) CHECK (length(c) > 2), x varchar(20), w varchar(20), y varchar(20), k nick, b varchar(20),
      g integer GENERATED ALWAYS AS (length(b)) STORED, s varchar(20)
    );
    CREATE INDEX t_x_idx ON t (lower(x));
    CREATE INDEX t_w_idx ON t (id) WHERE w <> '';
    CREATE INDEX t_y_idx ON t (y, ts);
    CREATE VIEW seen AS SELECT s FROM t;
"""
ROWS = """
    INSERT INTO t (id, i, v, n, ts, tz, tx, j, c, x, w, y, k, b)
    SELECT n, n, 'v', n, now(), now(), '1', '1', 'long', 'x', 'w', 'y', 'k', 'b' FROM generate_series(1, 10) AS n
"""
REWRITES, READS, FAILS, LOSES = (f"{name} error" for name in TYPES[:4])

CHANGES = {
    "i TYPE bigint": [REWRITES],
    "i TYPE integer": [],
    "v TYPE varchar(40)": [],
    "v TYPE varchar": [],
    "v TYPE text": [],
    "v TYPE varchar(10)": [REWRITES],
    "v TYPE char(20)": [REWRITES],
    "v TYPE varchar(10) USING v::varchar(10)": [REWRITES, LOSES],
    "v TYPE text USING lower(v)": [REWRITES, "type-change-loses-values warning"],
    "v TYPE text USING left(v, 3)": [REWRITES, LOSES],
    "v TYPE text USING 'x'": [REWRITES, LOSES],
    "v TYPE text USING NULL": [REWRITES, LOSES],
    "v TYPE text USING tx": [REWRITES, LOSES],
    "v TYPE text USING v::text": [],
    "n TYPE numeric(12,2)": [],
    "n TYPE numeric": [],
    "n TYPE numeric(12,4)": [REWRITES],
    "n TYPE numeric(12,1)": [REWRITES, LOSES],
    "n TYPE integer": [REWRITES, LOSES],
    "ts TYPE date": [REWRITES, LOSES],
    "ts TYPE timestamp(0)": [REWRITES, LOSES],
    "tz TYPE timestamptz": [],
    "tx TYPE integer USING tx::integer": [REWRITES],
    "tx TYPE jsonb USING tx::jsonb": [REWRITES],
    "tx TYPE json USING tx::json": ["json-column warning", REWRITES],
    "j TYPE jsonb": [REWRITES],
    "k TYPE varchar(40)": [REWRITES],
    "k TYPE text": [],
    # what hangs on the column
    "c TYPE varchar(40)": [READS],
    "x TYPE varchar(40)": [READS],
    "w TYPE varchar(40)": [READS],
    "y TYPE varchar(40)": [],
    "y TYPE text COLLATE \"C\"": [READS],
    "y TYPE citext": [READS],
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), CHANGES.items())
def test_a_type(find: Find, change: str, expected: list[str]) -> None:
    told = find(TABLE, f"ALTER TABLE t ALTER COLUMN {change};", of=TYPES)
    assert sorted(told) == sorted(f"{one} 1" for one in expected)


@pytest.mark.majors(14, 18)
def test_the_server_bears_it_out(database: str) -> None:
    lies = []
    with connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION citext")
        connection.execute(TABLE.encode())
        connection.execute(ROWS.encode())
        for change, expected in CHANGES.items():
            with connection.transaction(force_rollback=True):
                file = connection.execute("SELECT pg_relation_filenode('t')").fetchone()
                scans = connection.execute("SELECT pg_stat_get_xact_numscans('t'::regclass)").fetchone()
                connection.execute(f"ALTER TABLE t ALTER COLUMN {change}".encode())
                rewritten = file != connection.execute("SELECT pg_relation_filenode('t')").fetchone()
                read = scans != connection.execute("SELECT pg_stat_get_xact_numscans('t'::regclass)").fetchone()
            if rewritten is not (REWRITES in expected) or (read and not rewritten) is not (READS in expected):
                lies.append(f"{change}: rewritten: {rewritten}, read: {read}, expected {expected}")
    assert not lies, "\n".join(lies)


def test_what_uses_the_column(find: Find) -> None:
    view = "ALTER TABLE t ALTER COLUMN s TYPE text;"
    assert find(TABLE, view, of=TYPES) == [f"{FAILS} 1"]
    assert find(TABLE, "DROP VIEW seen;" + view, of=TYPES) == []
    assert find(TABLE, "DROP VIEW seen;", view, of=TYPES) == []
    assert find(TABLE, "ALTER TABLE t ALTER COLUMN b TYPE text;", of=TYPES) == [f"{FAILS} 1"]
    joined = "CREATE VIEW both_of AS SELECT n, b.* FROM t AS a JOIN o AS b ON b.o = a.id;"
    change = "ALTER TABLE t ALTER COLUMN n TYPE numeric;"
    assert find(TABLE, joined, change, of=TYPES) == []  # nobody knows whether o has a column n
    assert find(TABLE, "CREATE TABLE o (o bigint);" + joined, change, of=TYPES) == [f"{FAILS} 1"]
    assert find(TABLE, "CREATE TABLE o (o bigint, n text);" + joined, change, of=TYPES) == []
    assert find(TABLE, joined.replace("SELECT n", "SELECT a.n"), change, of=TYPES) == [f"{FAILS} 1"]


UNKNOWN = {
    "TYPE bigint": ["type-change-rewrites-table error"],
    "TYPE varchar(40)": ["type-change-rewrites-table warning"],
    "TYPE text": ["type-change-rewrites-table note"],
    "TYPE timestamptz": ["type-change-rewrites-table warning"],
    "TYPE timestamptz USING c AT TIME ZONE 'UTC'": ["type-change-rewrites-table error"],
    "TYPE integer": ["type-change-rewrites-table error", "type-change-loses-values note"],
    "TYPE integer USING c::integer": ["type-change-rewrites-table error"],
    "TYPE date": ["type-change-rewrites-table error", "type-change-loses-values error"],
    "TYPE date USING c::date": ["type-change-rewrites-table error", "type-change-loses-values note"],
    "TYPE timestamptz(0)": ["type-change-rewrites-table warning", "type-change-loses-values warning"],
    "TYPE varchar(9) USING c::varchar(9)": ["type-change-rewrites-table warning", "type-change-loses-values warning"],
    "TYPE boolean USING c = 'yes'": ["type-change-rewrites-table error", "type-change-loses-values warning"],
    "TYPE mood USING c::text::mood": ["type-change-rewrites-table error"],
    "TYPE jsonb USING to_jsonb(c)": ["type-change-rewrites-table error"],
}


@pytest.mark.parametrize(("change", "expected"), UNKNOWN.items())
def test_a_type_of_a_column_that_nobody_knows(find: Find, change: str, expected: list[str]) -> None:
    told = find("SELECT 1;", f"ALTER TABLE t ALTER COLUMN c {change};", of=TYPES)
    assert sorted(told) == sorted(f"{one} 1" for one in expected)


def test_the_time_zone_of_the_session(find: Find) -> None:
    change = "ALTER TABLE t ALTER COLUMN tz TYPE timestamp;"
    assert find(TABLE, change, of=TYPES) == ["type-change-rewrites-table warning 1"]
    assert find(TABLE, "SET LOCAL TIME ZONE 'UTC';" + change, of=TYPES) == []
    assert find(TABLE, "SET TimeZone = 'Asia/Tokyo';" + change, of=TYPES) == [f"{REWRITES} 1"]
    assert find(TABLE, "SET TimeZone = 'UTC';", change, of=TYPES) == ["type-change-rewrites-table warning 1"]


def test_the_history_counts(find: Find) -> None:
    """Types are known over several files, through renames and earlier changes."""
    first = "ALTER TABLE t ALTER COLUMN v TYPE varchar(80);"
    second = "ALTER TABLE t ALTER COLUMN v TYPE varchar(60);"
    assert find(TABLE, second, of=TYPES) == []
    assert find(TABLE, first, second, of=TYPES) == [f"{REWRITES} 1"]
    renamed = "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN i TO number;"
    assert find(TABLE, renamed, "ALTER TABLE u ALTER COLUMN number TYPE integer;", of=TYPES) == []
    assert find(TABLE, "DROP INDEX t_x_idx;", "ALTER TABLE t ALTER COLUMN x TYPE text;", of=TYPES) == []
    dropped = "ALTER TABLE t DROP CONSTRAINT t_c_check;"
    assert find(TABLE, dropped + "ALTER TABLE t ALTER COLUMN c TYPE text;", of=TYPES) == []


def test_a_down_part_that_undoes(find: Find) -> None:
    both = """
    -- Up Migration
    ALTER TABLE t ALTER COLUMN v TYPE text;
    ALTER TABLE t ALTER COLUMN tx SET NOT NULL;
    -- Down Migration
    ALTER TABLE t ALTER COLUMN v TYPE varchar(20) USING v::varchar(20);
    ALTER TABLE t ALTER COLUMN i TYPE bigint;
    ALTER TABLE t ALTER COLUMN tx DROP NOT NULL;
    """
    told = find(TABLE, both, of=(*TYPES, "drop-not-null"))
    assert told == [
        "type-change-loses-values note 6",
        "type-change-rewrites-table note 6",
        "type-change-rewrites-table warning 7",
    ]


NOT_NULL = ("set-not-null-scans-table",)
SET = "ALTER TABLE t ALTER COLUMN tx SET NOT NULL;"
PRESENT = "ALTER TABLE t ADD CONSTRAINT present CHECK (tx IS NOT NULL) NOT VALID;"
VALIDATED = "ALTER TABLE t VALIDATE CONSTRAINT present;"


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((SET,), True),
        ((PRESENT, SET), True),
        ((PRESENT, VALIDATED, SET), False),
        (("ALTER TABLE t ADD CONSTRAINT present CHECK (tx IS NOT NULL AND i > 0);", SET), False),
        (("ALTER TABLE t ADD CONSTRAINT present CHECK (tx IS NOT NULL OR i > 0);", SET), True),
        (("ALTER TABLE t ADD CONSTRAINT present CHECK (tx <> '');", SET), True),
        ((PRESENT, "ALTER TABLE t VALIDATE CONSTRAINT other;", SET), True),
        ((PRESENT.replace("tx", "i"), VALIDATED, SET), True),
        ((PRESENT, VALIDATED, "ALTER TABLE t DROP CONSTRAINT present;", SET), True),
        ((PRESENT, VALIDATED, "ALTER TABLE other RENAME TO others;" + SET), False),
        (("ALTER TABLE t ALTER COLUMN id SET NOT NULL;",), False),
        (("ALTER TABLE t ADD CONSTRAINT n NOT NULL tx NOT VALID;", SET), True),
        (
            ("ALTER TABLE t ADD CONSTRAINT n NOT NULL tx NOT VALID;", "ALTER TABLE t VALIDATE CONSTRAINT n;", SET),
            False,
        ),
        (("ALTER TABLE t ADD CONSTRAINT n NOT NULL tx;",), True),
        ((PRESENT, VALIDATED, "ALTER TABLE t ADD CONSTRAINT n NOT NULL tx;"), False),
        (("BEGIN;" + PRESENT + "COMMIT; BEGIN;" + VALIDATED + "COMMIT; BEGIN;" + SET + "COMMIT;",), False),
    ],
)
def test_not_null(find: Find, steps: tuple[str, ...], found: bool) -> None:
    assert bool(find(TABLE, *steps, of=NOT_NULL)) is found


@pytest.mark.majors(14, 18)
def test_a_proof_is_a_proof(database: str) -> None:
    """Which CHECK spares the scan, says the server; it says it in a debug message."""
    proofs = {
        "CHECK (tx IS NOT NULL)": True,
        "CHECK (tx IS NOT NULL AND i > 0)": True,
        "CHECK (tx IS NOT NULL OR i > 0)": False,
        "CHECK (tx <> '')": False,
        "CHECK (tx IS NOT NULL) NOT VALID": False,
    }
    with connect(database, autocommit=True) as connection:
        connection.execute("SET client_min_messages = debug1")
        messages: list[str] = []
        connection.add_notice_handler(lambda notice: messages.append(notice.message_primary or ""))
        for proof, spares in proofs.items():
            connection.execute("CREATE TABLE t (id bigint, i integer, tx text)")
            connection.execute(f"ALTER TABLE t ADD {proof}".encode())
            messages.clear()
            connection.execute(SET.encode())
            assert any("sufficient to prove" in one for one in messages) is spares, proof
            assert any(one.startswith("verifying table") for one in messages) is not spares, proof
            connection.execute("DROP TABLE t")


OTHERS = ("drop-not-null", "drop-default", "identity-changed", "generated-expression-dropped")
OTHERS += ("generated-expression-rewrites-table", "new-column-required-by-check", "required-column-without-default")
KEPT = """
    CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, must text NOT NULL DEFAULT 'x',
      may text DEFAULT 'y', kept integer GENERATED ALWAYS AS (length(may)) STORED,
      seen integer GENERATED ALWAYS AS (length(may)) VIRTUAL);
"""
AFTER = {
    "ALTER TABLE t ALTER must DROP NOT NULL;": ["drop-not-null warning"],
    "ALTER TABLE t ALTER may DROP NOT NULL;": [],
    "ALTER TABLE t ADD fresh text NOT NULL DEFAULT 'z', ALTER fresh DROP NOT NULL;": [],
    "ALTER TABLE t ALTER must DROP DEFAULT;": ["drop-default warning"],
    "ALTER TABLE t ALTER must SET DEFAULT NULL;": ["drop-default warning"],
    "ALTER TABLE t ALTER may DROP DEFAULT;": ["drop-default note"],
    "ALTER TABLE t ALTER must DROP DEFAULT, ALTER must SET DEFAULT 'z';": [],
    "ALTER TABLE t ALTER must SET DEFAULT 'z';": [],
    "ALTER TABLE t ADD fresh text DEFAULT 'z'; ALTER TABLE t ALTER fresh DROP DEFAULT;": [],
    "ALTER TABLE t ADD fresh text NOT NULL DEFAULT 'z'; ALTER TABLE t ALTER fresh DROP DEFAULT;": [
        "required-column-without-default error"
    ],
    "ALTER TABLE t ALTER id SET GENERATED ALWAYS;": ["identity-changed error"],
    "ALTER TABLE t ALTER id SET GENERATED BY DEFAULT;": [],
    "ALTER TABLE t ALTER id DROP IDENTITY;": ["identity-changed error"],
    "ALTER TABLE t ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('s');": [],
    "ALTER TABLE t ALTER id RESTART;": ["identity-changed error"],
    "ALTER TABLE u ALTER id ADD GENERATED ALWAYS AS IDENTITY;": ["identity-changed error"],
    "ALTER TABLE u ALTER id ADD GENERATED BY DEFAULT AS IDENTITY;": ["identity-changed warning"],
    "ALTER TABLE u ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 1000);": [],
    "ALTER TABLE t ALTER kept DROP EXPRESSION;": ["generated-expression-dropped error"],
    "ALTER TABLE t ALTER kept SET EXPRESSION AS (length(must));": ["generated-expression-rewrites-table error"],
    "ALTER TABLE t ALTER seen SET EXPRESSION AS (length(must));": [],
    "ALTER TABLE t ADD fresh text; ALTER TABLE t ADD CHECK (fresh IS NOT NULL) NOT VALID;": [
        "new-column-required-by-check warning"
    ],
    "ALTER TABLE t ADD fresh text DEFAULT 'z'; ALTER TABLE t ADD CHECK (fresh IS NOT NULL) NOT VALID;": [],
    "ALTER TABLE t ADD fresh text; ALTER TABLE t ADD CHECK (fresh <> '') NOT VALID;": [],
    "ALTER TABLE t ADD CHECK (may IS NOT NULL) NOT VALID;": [],
    "CREATE TABLE n (a text NOT NULL DEFAULT 'x'); ALTER TABLE n ALTER a DROP NOT NULL, ALTER a DROP DEFAULT;": [],
}


@pytest.mark.parametrize(("change", "expected"), AFTER.items())
def test_what_the_running_application_meets(find: Find, change: str, expected: list[str]) -> None:
    assert find(KEPT, change, of=OTHERS) == [f"{one} 1" for one in expected]
