-- loses: public.items.nothing
-- migration
CREATE RULE nothing AS ON DELETE TO items DO INSTEAD NOTHING;
