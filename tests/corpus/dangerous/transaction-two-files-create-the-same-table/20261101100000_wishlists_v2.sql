CREATE TABLE wishlists (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL);
