ALTER ROLE shop_app SET search_path = legacy, public;
