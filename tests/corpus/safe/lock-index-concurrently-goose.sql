-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY IF NOT EXISTS addresses_zip_idx ON addresses (zip);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS addresses_zip_idx;
