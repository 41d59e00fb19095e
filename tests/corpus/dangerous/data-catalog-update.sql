UPDATE pg_catalog.pg_attribute SET attnotnull = false
WHERE attrelid = 'public.orders'::regclass AND attname = 'total';
