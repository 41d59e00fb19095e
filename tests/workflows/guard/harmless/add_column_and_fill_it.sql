-- migration
ALTER TABLE users ADD COLUMN lower_email text; UPDATE users SET lower_email = lower(email);
