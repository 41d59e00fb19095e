-- migration
UPDATE users SET notes = coalesce(notes, '');
