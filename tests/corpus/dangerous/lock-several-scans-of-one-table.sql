ALTER TABLE orders ADD CONSTRAINT orders_currency_upper CHECK (currency = upper(currency));
ALTER TABLE orders ADD CONSTRAINT orders_shipped_after CHECK (shipped_at IS NULL OR shipped_at > '2000-01-01');
