-- loses: public.items
-- migration
SAVEPOINT a; DELETE FROM items WHERE id = 1; ROLLBACK TO a; DELETE FROM items WHERE id = 2;
