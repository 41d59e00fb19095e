-- loses: public.items
-- migration
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM items LOOP EXECUTE 'DELETE FROM items WHERE id = ' || r.id; END LOOP; END $$;
