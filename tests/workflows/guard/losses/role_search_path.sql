-- loses: somebody.search_path
-- only: superuser
-- migration
ALTER ROLE somebody SET search_path = nowhere;
