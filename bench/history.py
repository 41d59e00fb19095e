"""A project's history, made up: the same files every time, in the mix that real directories have."""

from __future__ import annotations

from collections.abc import Iterator

FIRST = 1_700_000_000_000
"""The timestamp (milliseconds) of the first file's name."""

TINY = (
    "CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\n",
    "ALTER TABLE {table} ADD COLUMN note text;\n",
    "CREATE INDEX CONCURRENTLY {table}_name_idx ON {table} (name);\n",
    "ALTER TABLE {table} ALTER COLUMN note SET DEFAULT '';\n",
    "INSERT INTO {table} (name, note) VALUES ('first', ''), ('second', 'of two');\n",
    "ALTER TABLE {table} ADD CONSTRAINT {table}_note_short CHECK (length(note) < 500) NOT VALID;\n",
    "UPDATE {table} SET note = 'none' WHERE note IS NULL AND id < 1000;\n",
    "CREATE OR REPLACE VIEW {table}_names AS SELECT id, name FROM {table};\n",
    "CREATE INDEX {table}_note_idx ON {table} (note);\n",
    "ALTER TABLE {table} DROP COLUMN note CASCADE;\n",
)
"""One statement each; ten of them are the life of a table."""

MADE = """-- Up Migration
CREATE TABLE {table} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL,
    number text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'held', 'closed')),
    amount numeric(12, 2) NOT NULL DEFAULT 0,
    notes jsonb NOT NULL DEFAULT '{{}}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (account_id, number)
);
CREATE INDEX {table}_state_idx ON {table} (state) WHERE state <> 'closed';
CREATE INDEX {table}_created_idx ON {table} (created_at DESC, id);
COMMENT ON TABLE {table} IS 'One row for each item that an account''s owner has asked for.';

-- Down Migration
DROP TABLE {table};
"""

WATCHED = """-- Up Migration
CREATE OR REPLACE FUNCTION {table}_touched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before numeric := coalesce(OLD.amount, 0);
BEGIN
    NEW.updated_at := now();
    IF NEW.amount IS DISTINCT FROM before AND NEW.state = 'closed' THEN
        RAISE EXCEPTION 'item % is closed', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    UPDATE accounts SET balance = balance - before + NEW.amount WHERE id = NEW.account_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER {table}_touch BEFORE UPDATE ON {table}
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION {table}_touched();

-- Down Migration
DROP TRIGGER {table}_touch ON {table};
DROP FUNCTION {table}_touched();
"""

CHANGED = """-- Up Migration
ALTER TABLE {table}
    ADD COLUMN owner_id bigint,
    ADD COLUMN priority integer NOT NULL DEFAULT 3,
    ALTER COLUMN number TYPE varchar(80);
ALTER TABLE {table} ADD CONSTRAINT {table}_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id) NOT VALID;
ALTER TABLE {table} VALIDATE CONSTRAINT {table}_account_fk;
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT id FROM {table} WHERE owner_id IS NULL ORDER BY id LIMIT 1000 LOOP
        UPDATE {table} SET owner_id = account_id WHERE id = one.id;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporting') THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', 'reporting');
    END IF;
END
$$;
GRANT SELECT ON {table} TO reporting;

-- Down Migration
ALTER TABLE {table} DROP CONSTRAINT {table}_account_fk, DROP COLUMN owner_id, DROP COLUMN priority;
"""

SHOWN = """-- Up Migration
CREATE OR REPLACE VIEW {table}_by_account AS
SELECT a.id, a.name, count(i.id) AS items, coalesce(sum(i.amount), 0) AS amount,
       max(i.created_at) FILTER (WHERE i.state = 'open') AS last_opened
FROM accounts a
LEFT JOIN {table} i ON i.account_id = a.id AND i.state <> 'held'
WHERE NOT EXISTS (SELECT FROM accounts_closed c WHERE c.account_id = a.id)
GROUP BY a.id, a.name
HAVING count(i.id) > 0 OR a.kept;

-- Down Migration
DROP VIEW {table}_by_account;
"""

FILLED = """-- Up Migration
INSERT INTO {table} (account_id, number, state, amount) VALUES
{rows};

-- Down Migration
DELETE FROM {table} WHERE number LIKE 'S-%';
"""

USUAL = (MADE, WATCHED, CHANGED, SHOWN, FILLED)

THINGS = ("orders", "payments", "shipments", "invoices", "tickets", "reviews", "sessions", "messages")


def tiny(count: int) -> dict[str, str]:
    """Names and texts of `count` files with one statement."""
    return {
        _name(number, "step"): TINY[number % len(TINY)].format(table=_table(number // len(TINY)))
        for number in range(count)
    }


def usual(count: int) -> dict[str, str]:
    """Names and texts of `count` files as people write them: half a kilobyte to one, up and down."""
    return {_name(number, "change"): _usual(number) for number in range(count)}


def long(size: int) -> str:
    """One text of at least `size` characters: everything that a project has ever done, without the ways back."""
    found: list[str] = []
    for number in _forever():
        if size <= 0:
            break
        text = _usual(number, rows=200).partition("-- Down Migration")[0].replace("-- Up Migration", "--")
        found.append(text)
        size -= len(text)
    return "".join(found)


def _forever() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


def _usual(number: int, rows: int = 5) -> str:
    values = ",\n".join(
        f"    ({row % 97 + 1}, 'S-{number}-{row}', 'open', {row * 7 % 1000}.50)" for row in range(rows)
    )
    return USUAL[number % len(USUAL)].format(table=_table(number // len(USUAL)), rows=values)


def _table(number: int) -> str:
    return f"{THINGS[number % len(THINGS)]}_{number // len(THINGS) + 1}"


def _name(number: int, word: str) -> str:
    return f"{FIRST + number * 1000}_{word}-{number}.sql"
