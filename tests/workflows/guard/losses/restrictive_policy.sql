-- loses: public.documents.tight
-- migration
CREATE POLICY tight ON documents AS RESTRICTIVE USING (tenant = 1);
