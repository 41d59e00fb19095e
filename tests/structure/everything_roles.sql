-- The roles that everything.sql needs; safe to run twice.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'shop_owner') THEN
        CREATE ROLE shop_owner NOLOGIN;
        CREATE ROLE shop_rw NOLOGIN;
        CREATE ROLE shop_reader LOGIN NOINHERIT CONNECTION LIMIT 3 IN ROLE shop_rw;
    END IF;
END $$;
