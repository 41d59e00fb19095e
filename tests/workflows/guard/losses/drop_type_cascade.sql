-- loses: public.users.state
-- migration
DROP TYPE status CASCADE;
