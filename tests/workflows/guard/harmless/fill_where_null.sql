-- migration
UPDATE users SET notes = 'none' WHERE notes IS NULL;
