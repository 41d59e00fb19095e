-- migration
UPDATE users SET visits = visits - 1, seen = seen - interval '1 day';
