WITH gone AS (
  DELETE FROM sessions RETURNING id
)
SELECT count(*) FROM gone;
