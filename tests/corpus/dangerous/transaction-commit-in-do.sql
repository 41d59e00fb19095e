DO $$
DECLARE
  batch integer;
BEGIN
  LOOP
    UPDATE orders SET note = '' WHERE id IN (SELECT id FROM orders WHERE note IS NULL LIMIT 1000);
    GET DIAGNOSTICS batch = ROW_COUNT;
    EXIT WHEN batch = 0;
    COMMIT;
  END LOOP;
END $$;
