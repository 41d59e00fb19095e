DELETE FROM cart_items;
