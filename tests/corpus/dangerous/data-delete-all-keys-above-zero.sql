DELETE FROM bookings WHERE id > 0;
