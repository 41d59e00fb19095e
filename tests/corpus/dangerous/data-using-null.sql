-- Up Migration
-- notes become structured; nobody needs the old ones
ALTER TABLE customers ALTER COLUMN notes TYPE jsonb USING NULL;
-- Down Migration
ALTER TABLE customers ALTER COLUMN notes TYPE text USING NULL;
