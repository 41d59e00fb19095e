DROP TABLE U&"\006cegacy_coupons";
