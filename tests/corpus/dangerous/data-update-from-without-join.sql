UPDATE orders SET coupon_code = c.code FROM coupons c WHERE c.percent_off = 5;
