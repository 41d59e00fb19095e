DELETE FROM bookings WHERE id IN (SELECT id FROM bookings);
