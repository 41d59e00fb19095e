DO $$
BEGIN
  EXECUTE 'DELETE FROM cart_items WHERE $1' USING true;
END
$$;
