-- migration
SELECT setval('invoice', 9000);
