-- loses: public.tenants
-- setup
CREATE TABLE tenants (id int); INSERT INTO tenants VALUES (1); ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; ALTER TABLE tenants FORCE ROW LEVEL SECURITY; CREATE POLICY own ON tenants USING (id = nullif(current_setting('app.tenant', true), '')::int);
-- migration
DROP TABLE tenants;
