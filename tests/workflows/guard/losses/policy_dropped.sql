-- loses: public.documents.readable
-- migration
DROP POLICY readable ON documents;
