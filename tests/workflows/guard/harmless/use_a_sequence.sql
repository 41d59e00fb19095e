-- migration
DO $$ BEGIN PERFORM nextval('invoice'); END $$;
