-- loses: public.users_id_seq
-- migration
ALTER TABLE users ALTER id DROP DEFAULT; DROP SEQUENCE users_id_seq; ALTER TABLE users ALTER id ADD GENERATED ALWAYS AS IDENTITY;
