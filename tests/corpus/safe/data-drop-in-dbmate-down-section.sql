-- migrate:up
CREATE TABLE newsletters (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject text NOT NULL);

-- migrate:down
TRUNCATE newsletters;
DROP TABLE newsletters;
