ALTER TABLE partners ALTER COLUMN vat_id TYPE varchar(32);
