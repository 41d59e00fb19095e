DROP TYPE address_kind CASCADE;
