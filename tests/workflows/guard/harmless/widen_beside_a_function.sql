-- migration
ALTER TABLE items ALTER amount TYPE bigint; SELECT count(*) FROM full_name((SELECT u FROM users AS u LIMIT 1));
