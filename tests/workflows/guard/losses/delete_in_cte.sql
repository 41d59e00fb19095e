-- loses: public.items
-- migration
WITH gone AS (DELETE FROM items RETURNING *) SELECT count(*) FROM gone;
