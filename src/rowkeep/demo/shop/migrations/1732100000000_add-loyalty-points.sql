-- Up Migration
ALTER TABLE users ADD COLUMN IF NOT EXISTS loyalty_points integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN users.loyalty_points IS 'Points earned so far; one per euro spent.';

-- Down Migration
ALTER TABLE users DROP COLUMN IF EXISTS loyalty_points;
