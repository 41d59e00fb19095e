-- loses: public.items.nothing
-- migration
CREATE RULE nothing AS ON INSERT TO items DO INSTEAD NOTHING;
