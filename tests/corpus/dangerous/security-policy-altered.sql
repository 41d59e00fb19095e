alter policy own_carts on carts using (true);
