-- Up Migration
CREATE TABLE order_tags (
  order_id integer NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  tag      text NOT NULL,
  PRIMARY KEY (order_id, tag)
);
-- Down Migration
DROP TABLE order_tags;
