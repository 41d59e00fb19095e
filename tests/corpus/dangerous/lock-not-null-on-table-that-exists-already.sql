-- keep local databases working
CREATE TABLE IF NOT EXISTS public.products (id serial PRIMARY KEY, color text);
ALTER TABLE public.products ALTER COLUMN color SET NOT NULL;
