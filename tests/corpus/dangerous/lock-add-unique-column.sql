ALTER TABLE customers ADD COLUMN IF NOT EXISTS auth0_subject varchar(64) UNIQUE;
