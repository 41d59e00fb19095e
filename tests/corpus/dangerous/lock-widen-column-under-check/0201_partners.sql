CREATE TABLE partners (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  vat_id varchar(16) NOT NULL CHECK (length(vat_id) > 5)
);
INSERT INTO partners (vat_id) SELECT 'DE' || 100000 + n FROM generate_series(1, 50) AS n;
