-- shorter titles for the old catalogue
UPDATE products SET title = 'see catalogue' WHERE id > 1;
