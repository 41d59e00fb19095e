SET lock_timeout = '2s';
ALTER TABLE customers ADD COLUMN source text;
RESET lock_timeout;
ALTER TABLE orders ADD COLUMN source text;
