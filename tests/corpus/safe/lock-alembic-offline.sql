BEGIN;

-- Running upgrade 9d3e51c0aa10 -> a17c3b9e20ff

ALTER TABLE products ADD COLUMN ean VARCHAR(14);

CREATE TABLE product_images (
    id BIGSERIAL NOT NULL,
    product_id INTEGER NOT NULL,
    url VARCHAR NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(product_id) REFERENCES products (id)
);

CREATE INDEX ix_product_images_product_id ON product_images (product_id);

COMMIT;
