ALTER TABLE visits ADD CONSTRAINT visits_customer_fk
  FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;
