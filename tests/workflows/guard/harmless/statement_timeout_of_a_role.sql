-- only: superuser
-- migration
ALTER ROLE somebody SET statement_timeout = '5s';
