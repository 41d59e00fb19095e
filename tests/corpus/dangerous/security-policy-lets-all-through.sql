CREATE POLICY carts_for_support ON carts FOR ALL TO PUBLIC USING (true) WITH CHECK (true);
