-- loses: public.invoice
-- migration
DO $$ BEGIN PERFORM setval('invoice', 1); END $$;
