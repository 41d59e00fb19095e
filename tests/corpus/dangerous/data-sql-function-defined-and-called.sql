-- Up Migration
CREATE OR REPLACE FUNCTION reset_carts() RETURNS void LANGUAGE sql AS '
  DELETE FROM cart_items;
  DELETE FROM carts;
';
SELECT reset_carts();
DROP FUNCTION reset_carts();
-- Down Migration
