-- loses: public.users
-- migration
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
