-- GDPR: forget the delivery notes
UPDATE orders SET note = NULL;
