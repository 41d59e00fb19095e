-- loses: public.status.paid
-- migration
ALTER TYPE status RENAME VALUE 'paid' TO 'settled';
