"""Migrations with their down parts: one for each recipe, and mixtures of them by fixed seeds."""

from __future__ import annotations

import random

GIVEN = """\
CREATE TABLE p (id bigint PRIMARY KEY, n int);
CREATE TABLE orders (id bigint PRIMARY KEY, email text, n int, p_id bigint, spare text, tag text);
CREATE TABLE keyless (a int, b int);
CREATE TABLE old (a int PRIMARY KEY, b serial UNIQUE);
CREATE TABLE base (a int);
CREATE TABLE kid () INHERITS (base);
CREATE INDEX orders_n_idx ON orders (n);
CREATE INDEX orders_tag_idx ON orders (tag);
CREATE TABLE par (a int) PARTITION BY RANGE (a);
CREATE TABLE par1 PARTITION OF par FOR VALUES FROM (1) TO (9);
"""
ROWS = """\
INSERT INTO p SELECT i, i FROM generate_series(1, 5) AS i;
INSERT INTO orders SELECT i, 'm' || i, i, i, 's' || i, 't' || i FROM generate_series(1, 5) AS i;
INSERT INTO keyless SELECT i, i FROM generate_series(1, 5) AS i;
INSERT INTO old SELECT i FROM generate_series(1, 3) AS i;
INSERT INTO kid VALUES (1);
INSERT INTO par VALUES (3);
"""

CLAUSES = (
    ("orders", "ADD COLUMN note{i} text", ("DROP COLUMN note{i}",)),
    ("orders", "ADD COLUMN x{i} bigint REFERENCES p (id)", ("DROP COLUMN x{i}",)),
    ("orders", "ADD COLUMN q{i} bigint CHECK (q{i} > 0) UNIQUE", ("DROP COLUMN q{i}",)),
    ("orders", "ADD COLUMN d{i} float8 NOT NULL DEFAULT (0 * random())", ("DROP COLUMN d{i}",)),
    ("orders", "ADD COLUMN s{i} serial", ("DROP COLUMN s{i}",)),
    ("orders", "ALTER COLUMN email SET NOT NULL", ("ALTER COLUMN email DROP NOT NULL",)),
    ("orders", "ALTER n SET NOT NULL", ("ALTER n DROP NOT NULL",)),
    ("orders", "ADD CONSTRAINT c{i} CHECK (n > 0)", ("DROP CONSTRAINT c{i}",)),
    ("orders", "ADD CHECK (id > 0)", ("DROP CONSTRAINT orders_id_check",)),
    ("orders", "ADD CONSTRAINT f{i} FOREIGN KEY (p_id) REFERENCES p (id)", ("DROP CONSTRAINT f{i}",)),
    ("orders", "ADD FOREIGN KEY (id) REFERENCES p", ("DROP CONSTRAINT orders_id_fkey",)),
    ("orders", "ADD CONSTRAINT u{i} UNIQUE (email, n)", ("DROP CONSTRAINT IF EXISTS u{i}",)),
    ("orders", "ADD UNIQUE (n)", ("DROP CONSTRAINT orders_n_key",)),
    ("orders", "DROP COLUMN spare", ("ADD COLUMN spare text",)),
    ("keyless", "ADD PRIMARY KEY (a)", ("DROP CONSTRAINT keyless_pkey", "ALTER COLUMN a DROP NOT NULL")),
    ("keyless", "ADD CONSTRAINT k{i} UNIQUE (b)", ("DROP CONSTRAINT k{i}",)),
)
STATEMENTS = (
    ("CREATE INDEX i{i} ON orders (email)", "DROP INDEX i{i}"),
    ("CREATE UNIQUE INDEX i{i} ON p (n) WHERE n > 0", "DROP INDEX IF EXISTS i{i}"),
    ("CREATE INDEX i{i} ON orders (p_id);\nCOMMENT ON INDEX i{i} IS 'of p'", "DROP INDEX i{i}"),
    ("DROP INDEX orders_n_idx", "CREATE INDEX orders_n_idx ON orders (n)"),
    ("REINDEX TABLE orders", ""),
    ("DROP TABLE old", "CREATE TABLE old (a int PRIMARY KEY, b serial UNIQUE)"),
    ("DROP TABLE kid", "CREATE TABLE kid () INHERITS (base)"),
    ("ALTER TABLE par DETACH PARTITION par1", "ALTER TABLE par ATTACH PARTITION par1 FOR VALUES FROM (1) TO (9)"),
    ("CREATE TABLE child{i} (id bigint REFERENCES p (id), n int)", "DROP TABLE child{i}"),
    ("CREATE VIEW v{i} AS SELECT id FROM orders", "DROP VIEW v{i}"),
    (
        "ALTER TABLE orders DROP COLUMN tag",
        "ALTER TABLE orders ADD COLUMN tag text;\nCREATE INDEX orders_tag_idx ON orders (tag)",
    ),
    ("COMMENT ON TABLE p IS 'p'", "COMMENT ON TABLE p IS NULL"),
    ("UPDATE orders SET email = email || '!' WHERE id = 1", "UPDATE orders SET email = left(email, -1) WHERE id = 1"),
    (
        "CREATE UNIQUE INDEX o{i} ON orders (n);\nCREATE TABLE ref{i} (n int REFERENCES orders (n))",
        "DROP TABLE ref{i};\nDROP INDEX o{i}",
    ),
)


def recipes() -> list[tuple[str, str, str]]:
    """(name, up, down) of every clause and statement by itself."""
    found = []
    for number, (table, clause, backs) in enumerate(CLAUSES):
        up = f"ALTER TABLE {table} {clause.format(i=1)};"
        found.append((f"clause {number}", up, _altered(table, [back.format(i=1) for back in backs])))
    for number, (up, down) in enumerate(STATEMENTS):
        found.append((f"statement {number}", f"{up.format(i=1)};", f"{down.format(i=1)};" if down else "SELECT 1;"))
    return found


def mixture(seed: int) -> tuple[str, str]:
    """An up part of some clauses and statements, and a down part that undoes it in the reverse order."""
    draw = random.Random(seed)
    ups: list[str] = []
    downs: list[str] = []
    used: set[str] = set()
    for number in range(draw.randint(2, 5)):
        if draw.random() < 0.6:
            table = draw.choice(("orders", "orders", "keyless"))
            own = [each for each in CLAUSES if each[0] == table]
            picked = [each for each in draw.sample(own, min(len(own), draw.randint(1, 3))) if each[1] not in used]
            used |= {each[1] for each in picked}
            if not picked:
                continue
            index = [f"{number}{at}" for at in range(len(picked))]
            clauses = [clause.format(i=i) for (_, clause, _), i in zip(picked, index, strict=True)]
            pairs = reversed([*zip(picked, index, strict=True)])
            backs = [back.format(i=i) for (_, _, each), i in pairs for back in each]
            ups.append(f"ALTER TABLE {table} {draw.choice((', ', ',' + chr(10) + '  ')).join(clauses)};")
            joined = draw.random() < 0.5
            downs.append(f"ALTER TABLE {table} {', '.join(backs)};" if joined else _altered(table, backs))
        else:
            up, down = draw.choice(STATEMENTS)
            if up in used:
                continue
            used.add(up)
            ups.append(f"{up.format(i=number)};")
            downs.append(f"{down.format(i=number)};" if down else "")
    return "\n".join(ups), "\n".join(down for down in reversed(downs) if down) or "SELECT 1;"


def _altered(table: str, clauses: list[str]) -> str:
    return "\n".join(f"ALTER TABLE {table} {clause};" for clause in clauses)
