CREATE FUNCTION close_cart(which uuid) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
  DELETE FROM cart_items WHERE cart_id = which;
  DELETE FROM carts WHERE id = which;
END;
