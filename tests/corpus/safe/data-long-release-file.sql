-- Release 2026.12: loyalty
-- Up Migration

-- 1. what we know of a member; see the wiki before you DROP anything here
CREATE TABLE loyalty_members (
  customer_id bigint PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
  points      integer NOT NULL DEFAULT 0 CHECK (points >= 0),
  tier        text NOT NULL DEFAULT 'bronze',
  joined_at   timestamptz NOT NULL DEFAULT now()
);

-- 2. tiers, with their seed
CREATE TABLE loyalty_tiers (name text PRIMARY KEY, from_points integer NOT NULL);
INSERT INTO loyalty_tiers VALUES ('bronze', 0), ('silver', 500), ('gold', 2000);
ALTER TABLE loyalty_members ADD FOREIGN KEY (tier) REFERENCES loyalty_tiers (name);
CREATE INDEX ON loyalty_members (tier);

-- 3. orders may say how many points they brought
ALTER TABLE orders ADD COLUMN points_earned integer;
ALTER TABLE orders ADD CONSTRAINT orders_points_not_negative CHECK (points_earned >= 0) NOT VALID;

-- 4. rights and words
GRANT SELECT, INSERT, UPDATE ON loyalty_members TO shop_app;
GRANT SELECT ON loyalty_tiers TO shop_app;
COMMENT ON TABLE loyalty_members IS 'One row per member; never TRUNCATE, never DELETE FROM it by hand.';

-- Down Migration
ALTER TABLE orders DROP CONSTRAINT orders_points_not_negative, DROP COLUMN points_earned;
DROP TABLE loyalty_members;
DROP TABLE loyalty_tiers;
