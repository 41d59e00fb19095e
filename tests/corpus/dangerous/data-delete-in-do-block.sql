DO $$
DECLARE
  gone bigint;
BEGIN
  DELETE FROM cart_items;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RAISE NOTICE 'removed % items', gone;
END
$$;
