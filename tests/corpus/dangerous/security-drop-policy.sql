DROP POLICY IF EXISTS own_carts ON carts;
