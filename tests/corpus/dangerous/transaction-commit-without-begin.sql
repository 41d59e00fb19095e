-- Up Migration
CREATE TABLE wishlists (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
COMMIT;
-- Down Migration
DROP TABLE wishlists;
