DELETE FROM coupons WHERE code LIKE '%';
