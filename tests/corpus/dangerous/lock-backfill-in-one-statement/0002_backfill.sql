UPDATE orders SET region = CASE WHEN currency = 'EUR' THEN 'eu' ELSE 'row' END;
