CREATE POLICY carts_of_support ON carts FOR SELECT TO shop_readonly USING (updated_at > now() - interval '1 day');
