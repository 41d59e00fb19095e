-- migration
UPDATE settings SET value = 'red' WHERE key = 'colour';
