-- loses: public.orders
-- migration
TRUNCATE users CASCADE;
