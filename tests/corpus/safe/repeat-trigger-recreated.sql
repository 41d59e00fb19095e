-- Up Migration
CREATE TABLE stock_levels (product_id integer PRIMARY KEY, quantity integer NOT NULL, updated_at timestamptz);
DROP TRIGGER IF EXISTS stock_levels_touch ON stock_levels;
CREATE TRIGGER stock_levels_touch BEFORE UPDATE ON stock_levels FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
-- Down Migration
DROP TABLE stock_levels;
