WITH deleted AS (
  SELECT id, email FROM customers WHERE deleted_at IS NOT NULL
), noted AS (
  INSERT INTO audit.log (what) SELECT 'deleted: ' || email FROM deleted RETURNING id
)
SELECT count(*) FROM noted;
