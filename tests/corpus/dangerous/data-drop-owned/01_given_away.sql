CREATE TABLE owned_by_former (id integer PRIMARY KEY);
INSERT INTO owned_by_former VALUES (1), (2);
GRANT USAGE, CREATE ON SCHEMA public TO shop_former;
ALTER TABLE owned_by_former OWNER TO shop_former;
