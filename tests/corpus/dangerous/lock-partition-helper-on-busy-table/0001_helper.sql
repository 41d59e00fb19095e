-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION add_month(target text, day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  first_day date := date_trunc('month', day);
  child     text := lower(target) || '_' || to_char(first_day, 'YYYYMM');
BEGIN
  EXECUTE format('CREATE TABLE IF NOT EXISTS %I (LIKE %I INCLUDING ALL)', child, target);
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                 target, child, first_day, first_day + interval '1 month');
  RETURN 1;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION add_month(text, date);
