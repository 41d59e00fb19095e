-- loses: public.users.name
-- migration
DO $$ BEGIN EXECUTE 'UPDATE ' || quote_ident('users') || ' SET name = ' || quote_literal('x'); END $$;
