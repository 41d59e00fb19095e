-- Release 2026.11: checkout v2
-- Up Migration

-- 1. who bought how
ALTER TABLE orders ADD COLUMN checkout_version smallint NOT NULL DEFAULT 1;

-- 2. a place for drafts
CREATE TABLE checkout_drafts (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  customer_id bigint REFERENCES customers (id),
  payload     jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX checkout_drafts_customer_id_idx ON checkout_drafts (customer_id);

-- 3. move what is still open
INSERT INTO checkout_drafts (id, customer_id) SELECT id, customer_id FROM carts;

-- 4. carts nobody owns are not worth keeping
INSERT INTO audit.log (what) SELECT 'cart ' || id FROM carts WHERE customer_id IS NULL;

-- 5. and away with them
DELETE FROM carts;

-- 6. rights
GRANT SELECT, INSERT, UPDATE, DELETE ON checkout_drafts TO shop_app;

-- 7. tell people
COMMENT ON TABLE checkout_drafts IS 'Replaces carts from 2026.11 on';

-- Down Migration
DROP TABLE checkout_drafts;
ALTER TABLE orders DROP COLUMN checkout_version;
