GRANT shop_owner TO shop_app WITH ADMIN OPTION;
