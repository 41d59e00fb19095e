-- +goose Up
SELECT add_month('events', DATE '2027-01-05');

-- +goose Down
DROP TABLE events_202701;
