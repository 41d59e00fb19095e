CREATE TABLE "drop table orders;" (
  "truncate"    integer PRIMARY KEY,
  "delete from" text
);
CREATE TABLE delete_requests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, drop_reason text);
CREATE INDEX truncate_cascade ON delete_requests (drop_reason);
COMMENT ON TABLE delete_requests IS 'DELETE FROM customers is done by hand, one by one.';
