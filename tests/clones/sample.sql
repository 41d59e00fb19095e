CREATE TABLE countries (code text PRIMARY KEY, name text);
CREATE TABLE people (id int PRIMARY KEY, boss int REFERENCES people, country text REFERENCES countries,
                     label text GENERATED ALWAYS AS ('p' || id) STORED);
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE orders (region text, id int, person int REFERENCES people, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE orders_eu PARTITION OF orders FOR VALUES IN ('eu');
CREATE TABLE orders_us PARTITION OF orders FOR VALUES IN ('us');
CREATE TABLE "odd %s ""name""" (id serial PRIMARY KEY, region text, "order %" int, "ta\tb" text, raw bytea, at timestamptz,
                                FOREIGN KEY (region, "order %") REFERENCES orders);
CREATE TABLE empty ();
CREATE TABLE nothing (id int);
CREATE MATERIALIZED VIEW report AS SELECT count(*) FROM orders;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'a trigger fired'; END$$;
INSERT INTO countries SELECT 'c' || n, 'country ' || n FROM generate_series(1, 500) n;
INSERT INTO people SELECT n, CASE WHEN n < 2000 THEN n + 1 END, 'c' || (501 - (n % 500 + 1)) FROM generate_series(2000, 1, -1) n;
BEGIN;
INSERT INTO a SELECT n, 301 - n FROM generate_series(1, 300) n;
INSERT INTO b SELECT n, n FROM generate_series(1, 300) n;
COMMIT;
INSERT INTO orders SELECT CASE n % 2 WHEN 0 THEN 'eu' ELSE 'us' END, n, 2001 - n FROM generate_series(1, 2000) n;
INSERT INTO "odd %s ""name""" (region, "order %", "ta\tb", raw, at)
  SELECT CASE n % 2 WHEN 0 THEN 'eu' ELSE 'us' END, n, E'a\tb\nc\\d ü', decode(md5(n::text), 'hex'), now()
    FROM generate_series(2000, 1, -1) n;
INSERT INTO "odd %s ""name""" DEFAULT VALUES;
CREATE TRIGGER refuse BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION refuse();
