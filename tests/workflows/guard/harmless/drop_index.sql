-- setup
CREATE INDEX users_born ON users (born);
-- migration
DROP INDEX users_born;
