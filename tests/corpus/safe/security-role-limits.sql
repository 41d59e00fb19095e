ALTER ROLE shop_readonly CONNECTION LIMIT 10;
ALTER ROLE shop_readonly SET statement_timeout = '30s';
ALTER ROLE shop_readonly SET default_transaction_read_only = on;
