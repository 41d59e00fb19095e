-- Up Migration
CREATE TABLE wishlists (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  token       uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  name        varchar(80) NOT NULL CHECK (name <> ''),
  position    serial,
  label       text GENERATED ALWAYS AS (lower(name)) STORED,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX wishlists_customer_id_idx ON wishlists (customer_id);
CREATE UNIQUE INDEX ON wishlists (customer_id, name);

-- Down Migration
DROP TABLE wishlists;
