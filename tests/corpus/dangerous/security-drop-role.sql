DROP ROLE IF EXISTS shop_former;
