-- migration
DROP FUNCTION purge();
