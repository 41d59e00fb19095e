-- loses: public.users.name
-- since: 15
-- migration
MERGE INTO users USING (SELECT 1) AS s ON true WHEN MATCHED THEN UPDATE SET name = 'x';
