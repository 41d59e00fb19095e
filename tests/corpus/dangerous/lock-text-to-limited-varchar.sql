ALTER TABLE products ALTER title TYPE character varying(255);
