-- migration
ALTER TABLE users ADD COLUMN lower_email text; DO $$ BEGIN UPDATE users SET lower_email = lower(email); END $$;
