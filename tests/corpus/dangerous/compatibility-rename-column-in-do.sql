-- Up Migration
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'note') THEN
    ALTER TABLE orders RENAME note TO remark;
  END IF;
END
$$;
-- Down Migration
ALTER TABLE orders RENAME remark TO note;
