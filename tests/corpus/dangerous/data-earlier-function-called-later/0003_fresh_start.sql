SELECT admin_reset('legacy_coupons');
