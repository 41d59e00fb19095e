BEGIN;

-- Running upgrade 4b1f0c2a77de -> 9d3e51c0aa10

ALTER TABLE orders ADD COLUMN external_ref VARCHAR(64);

ALTER TABLE orders RENAME legacy_ref TO import_ref;

CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL);

UPDATE alembic_version SET version_num='9d3e51c0aa10' WHERE alembic_version.version_num = '4b1f0c2a77de';

COMMIT;
