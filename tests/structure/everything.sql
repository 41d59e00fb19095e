-- A database with one of nearly everything a dump can carry; runs on 14 to 18. Roles: see everything_roles.sql.
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm WITH SCHEMA public;
CREATE SCHEMA app AUTHORIZATION shop_owner;
CREATE SCHEMA "Odd ""Schema""" AUTHORIZATION shop_owner;
COMMENT ON SCHEMA app IS 'the application';
SET search_path = app, public;
SET ROLE shop_owner;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'it''s great');
CREATE DOMAIN app.email AS text COLLATE "C" NOT NULL CHECK (VALUE ~ '@');
CREATE TYPE app.address AS (street text, number integer);
CREATE TYPE app.price_range AS RANGE (subtype = numeric);
CREATE SEQUENCE app.invoice_number START 1000 INCREMENT 5 CACHE 10;
CREATE TABLE app.users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email app.email UNIQUE,
    name character varying(80) NOT NULL DEFAULT 'nobody',
    mood app.mood,
    born date,
    home app.address,
    tags public.hstore,
    name_lower text GENERATED ALWAYS AS (lower(name)) STORED,
    referrer bigint REFERENCES app.users,
    dropped integer
);
ALTER TABLE app.users DROP COLUMN dropped;
ALTER TABLE app.users ADD CONSTRAINT born_in_the_past CHECK (born < '2100-01-01') NOT VALID;
CREATE TABLE app.orders (
    id serial PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES app.users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    total numeric(12, 2) CHECK (total >= 0),
    placed timestamptz NOT NULL DEFAULT now(),
    note text
);
ALTER TABLE app.orders ALTER note SET STORAGE EXTERNAL, ALTER note SET STATISTICS 500;
ALTER TABLE app.orders SET (fillfactor = 80);
CREATE INDEX orders_placed ON app.orders (placed DESC) WHERE total > 0;
CREATE INDEX orders_note ON app.orders USING gin (note public.gin_trgm_ops);
CREATE UNIQUE INDEX orders_replica ON app.orders (id) INCLUDE (user_id);
ALTER TABLE app.orders REPLICA IDENTITY USING INDEX orders_replica;
ALTER TABLE app.orders CLUSTER ON orders_pkey;
CREATE STATISTICS app.orders_linked ON user_id, placed FROM app.orders;
CREATE TABLE app.events (at timestamptz NOT NULL, user_id bigint REFERENCES app.users, payload jsonb,
    PRIMARY KEY (at, user_id)) PARTITION BY RANGE (at);
CREATE TABLE app.events_2025 PARTITION OF app.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app.events_rest PARTITION OF app.events DEFAULT;
CREATE INDEX events_user ON app.events (user_id);
CREATE TABLE app.animals (name text PRIMARY KEY, legs integer);
CREATE TABLE app.birds (wings integer) INHERITS (app.animals);
CREATE TABLE "Odd ""Schema"""."Odd.Table" ("Odd Column" integer);
CREATE UNLOGGED TABLE app.sessions (token text PRIMARY KEY, data bytea);
CREATE VIEW app.big_orders WITH (security_barrier) AS SELECT o.id, u.name FROM app.orders o JOIN app.users u ON u.id = o.user_id
    WHERE o.total > 100;
CREATE MATERIALIZED VIEW app.totals AS SELECT user_id, sum(total) AS total FROM app.orders GROUP BY user_id WITH NO DATA;
CREATE UNIQUE INDEX totals_user ON app.totals (user_id);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.placed := now();
    RETURN NEW;
END $$;
CREATE FUNCTION app.spent(who bigint) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp BEGIN ATOMIC SELECT sum(total) FROM app.orders WHERE user_id = who; END;
CREATE PROCEDURE app.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');
CREATE TRIGGER touched BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER switched_off BEFORE INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.orders DISABLE TRIGGER switched_off;
CREATE RULE no_delete AS ON DELETE TO app.animals DO INSTEAD NOTHING;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_orders ON app.orders FOR SELECT TO shop_rw USING (user_id = current_setting('app.user', true)::bigint);
CREATE CAST (app.mood AS integer) WITH INOUT AS ASSIGNMENT;
CREATE TEXT SEARCH CONFIGURATION app.simple_de (COPY = pg_catalog.german);
COMMENT ON TABLE app.users IS 'people';
COMMENT ON COLUMN app.users.email IS 'where they read';
COMMENT ON FUNCTION app.touch() IS 'sets placed';
GRANT USAGE ON SCHEMA app, "Odd ""Schema""" TO shop_rw;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA app TO shop_rw;
GRANT SELECT (id), UPDATE (note) ON app.orders TO shop_reader WITH GRANT OPTION;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA app TO shop_rw;
REVOKE EXECUTE ON FUNCTION app.spent(bigint) FROM PUBLIC;
GRANT USAGE ON TYPE app.mood TO shop_rw;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA app GRANT SELECT ON TABLES TO shop_rw;
RESET ROLE;
CREATE OPERATOR app.=== (LEFTARG = integer, RIGHTARG = integer, FUNCTION = pg_catalog.int4eq);
CREATE COLLATION app.german (LOCALE = 'C');
CREATE PUBLICATION everything_else FOR TABLE app.users, app.animals WITH (publish = 'insert');
CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watching ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION public.watch();
ALTER EVENT TRIGGER watching DISABLE;
INSERT INTO app.users (email, name, mood, home, tags)
    SELECT 'u' || n || '@example.org', 'user ' || n, 'ok', ROW('s', n)::app.address, 'k=>v' FROM generate_series(1, 50) n;
INSERT INTO app.orders (user_id, total, note) SELECT n % 50 + 1, n, repeat('x', n) FROM generate_series(1, 200) n;
INSERT INTO app.events SELECT '2025-06-01'::timestamptz + n * interval '1 day', n % 50 + 1, '{"n": 1}'
    FROM generate_series(1, 300) n;
INSERT INTO app.animals VALUES ('dog', 4);
INSERT INTO app.birds VALUES ('duck', 2, 2);
SELECT lo_from_bytea(0, pg_catalog.decode(repeat('ab', n * 5000), 'hex')) FROM generate_series(0, 2) n;
SELECT nextval('app.invoice_number');
