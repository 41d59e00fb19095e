-- migration
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen := clock_timestamp(); RETURN NEW; END $$;
