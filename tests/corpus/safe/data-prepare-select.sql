PREPARE find_old AS SELECT id FROM orders WHERE placed_at < '2020-01-01';
EXECUTE find_old;
DEALLOCATE find_old;
