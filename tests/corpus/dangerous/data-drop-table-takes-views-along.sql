-- rebuilt in the new service
DROP TABLE orders CASCADE;
