-- loses: public.items
-- since: 15
-- migration
MERGE INTO items USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE;
