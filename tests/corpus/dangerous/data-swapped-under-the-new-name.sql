-- Up Migration
CREATE TABLE sessions_new (id uuid PRIMARY KEY, customer_id bigint, data jsonb NOT NULL DEFAULT '{}', expires_at timestamptz NOT NULL);
ALTER TABLE sessions RENAME TO sessions_old;
ALTER TABLE sessions_new RENAME TO sessions;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO shop_app;
DROP TABLE sessions_old;
-- Down Migration
