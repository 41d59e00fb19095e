-- loses: public.events.text
-- migration
ALTER TABLE events ALTER text TYPE varchar(1) USING left(text, 1);
