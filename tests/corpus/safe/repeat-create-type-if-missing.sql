DO $$ BEGIN
  CREATE TYPE delivery_speed AS ENUM ('standard', 'express');
EXCEPTION
  WHEN duplicate_object THEN NULL;
END $$;

CREATE TABLE IF NOT EXISTS delivery_options (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  speed delivery_speed NOT NULL DEFAULT 'standard'
);
