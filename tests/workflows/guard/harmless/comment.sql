-- migration
COMMENT ON TABLE users IS 'people'; COMMENT ON COLUMN users.name IS 'their names';
