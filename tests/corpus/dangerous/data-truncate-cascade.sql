truncate carts restart identity cascade;
