-- migration
CREATE TABLE users_like (LIKE users INCLUDING ALL);
