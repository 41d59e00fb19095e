-- Up Migration
ALTER TABLE orders ADD COLUMN priority smallint;
-- down migration is not possible after the next statement
CREATE TABLE order_priorities (priority smallint PRIMARY KEY, label text NOT NULL);
