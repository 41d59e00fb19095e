-- PostgreSQL has no DROP VALUE
DELETE FROM pg_enum
WHERE enumlabel = 'cancelled' AND enumtypid = 'order_status'::regtype;
