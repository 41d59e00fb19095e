-- loses: public.users
-- migration
ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON users USING (false);
