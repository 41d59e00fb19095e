DELETE FROM legacy_coupons
WHERE used OR NOT used OR true;
