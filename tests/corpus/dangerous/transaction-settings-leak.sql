GRANT USAGE, CREATE ON SCHEMA legacy TO shop_owner;
SET search_path TO legacy;
SET ROLE shop_owner;
CREATE TABLE import_2026 (id integer);
