-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION is_eu(country char(2)) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN country IN ('DE', 'FR', 'IT', 'AT');
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION is_eu(char(2));
DROP TABLE IF EXISTS coupons_before_eu;
