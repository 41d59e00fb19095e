-- loses: public.users
-- setup
CREATE FUNCTION fix() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET name = 'x'; END $$;
-- migration
SELECT fix();
