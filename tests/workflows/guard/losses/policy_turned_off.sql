-- loses: public.documents.readable
-- migration
ALTER POLICY readable ON documents USING (false);
