CREATE TABLE tokens (id uuid PRIMARY KEY, customer_id bigint);
ALTER TABLE tokens ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own_tokens ON tokens;
CREATE POLICY own_tokens ON tokens USING (customer_id = nullif(current_setting('shop.customer_id', true), '')::bigint);
