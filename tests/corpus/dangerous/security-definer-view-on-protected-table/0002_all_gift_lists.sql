CREATE VIEW all_carts AS SELECT id, customer_id FROM gift_lists;
GRANT SELECT ON all_carts TO shop_app;
