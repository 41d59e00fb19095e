-- Up Migration
SET session_replication_role = replica;
DELETE FROM products WHERE id = 20;
SET session_replication_role = origin;
-- Down Migration
