ALTER TABLE rates ALTER COLUMN rate TYPE numeric(18,2);
ALTER TABLE rates ALTER COLUMN fee TYPE numeric;
ALTER TABLE rates ALTER COLUMN seen TYPE timestamptz(6);
