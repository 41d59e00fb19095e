-- varchar instead of text, please
ALTER TABLE orders DROP COLUMN coupon_code;
ALTER TABLE orders ADD COLUMN coupon_code varchar(32);
