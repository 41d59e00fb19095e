CREATE TABLE messages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL, body text);
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE POLICY own_messages ON messages FOR SELECT
  USING (customer_id = nullif(current_setting('shop.customer_id', true), '')::bigint);
CREATE POLICY delete_own_messages ON messages FOR DELETE
  USING (customer_id = nullif(current_setting('shop.customer_id', true), '')::bigint);
GRANT SELECT, DELETE ON messages TO shop_app;
