SET search_path = legacy, public;
DROP TABLE coupons;
RESET search_path;
