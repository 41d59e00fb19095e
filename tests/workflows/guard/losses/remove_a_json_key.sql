-- loses: public.users.data
-- setup
ALTER TABLE users ADD data jsonb DEFAULT '{"a": 1, "b": 2}';
-- migration
UPDATE users SET data = data - 'a';
