ALTER TABLE partners ALTER COLUMN name TYPE varchar(200);
ALTER TABLE partners ALTER COLUMN hint TYPE varchar;
