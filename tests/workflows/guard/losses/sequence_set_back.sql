-- loses: public.users_id_seq
-- migration
SELECT setval('users_id_seq', 1);
