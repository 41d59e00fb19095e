CREATE TABLE stores (id integer PRIMARY KEY, city text, fax text);
