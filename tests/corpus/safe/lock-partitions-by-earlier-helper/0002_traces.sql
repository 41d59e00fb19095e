-- +goose Up
CREATE TABLE traces (at timestamptz NOT NULL, span text NOT NULL) PARTITION BY RANGE (at);
SELECT add_month('traces', DATE '2026-12-05');
SELECT add_month('traces'::text, NOW()::date);

-- +goose Down
DROP TABLE traces;
