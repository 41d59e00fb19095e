-- migration
ALTER TABLE items ADD CONSTRAINT positive CHECK (amount > 0); ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders;
