-- Up Migration
CREATE TABLE IF NOT EXISTS wishlists (
  user_id    bigint NOT NULL REFERENCES users (id),
  product_id bigint NOT NULL REFERENCES products (id),
  added_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, product_id)
);
CREATE INDEX IF NOT EXISTS wishlists_product_id_idx ON wishlists (product_id);

-- Down Migration
DROP TABLE IF EXISTS wishlists;
