DELETE FROM cart_items WHERE current_setting('shop.keep_carts', true) IS NULL;
