CREATE TABLE gift_lists (id bigint PRIMARY KEY, customer_id bigint NOT NULL);
ALTER TABLE gift_lists ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_gift_lists ON gift_lists USING (customer_id = current_setting('shop.customer_id')::bigint);
