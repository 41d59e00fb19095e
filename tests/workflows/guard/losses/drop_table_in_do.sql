-- loses: public.items
-- migration
DO $$ BEGIN DROP TABLE items; END $$;
