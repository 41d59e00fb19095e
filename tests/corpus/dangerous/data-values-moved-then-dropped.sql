ALTER TABLE orders ADD COLUMN promotion text;
UPDATE orders SET promotion = coupon_code WHERE status = 'new';
ALTER TABLE orders DROP COLUMN coupon_code;
