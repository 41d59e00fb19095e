PREPARE clean (boolean) AS DELETE FROM cart_items WHERE $1;
EXECUTE clean(true);
