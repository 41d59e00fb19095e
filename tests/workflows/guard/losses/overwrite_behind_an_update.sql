-- loses: public.users
-- setup
CREATE FUNCTION overwrite() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET name = ''; END $$;
-- migration
UPDATE users SET visits = visits + 1 WHERE id = 1; SELECT overwrite();
