-- Up Migration
TRUNCATE TABLE ONLY sessions;
ALTER TABLE sessions ADD COLUMN user_agent text;
-- Down Migration
