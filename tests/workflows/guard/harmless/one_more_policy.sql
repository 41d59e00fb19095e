-- migration
CREATE POLICY writable ON documents FOR INSERT WITH CHECK (true);
