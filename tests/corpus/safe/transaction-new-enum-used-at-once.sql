BEGIN;
CREATE TYPE ticket_state AS ENUM ('open', 'closed');
CREATE TABLE tickets (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state ticket_state NOT NULL DEFAULT 'closed');
INSERT INTO tickets (state) VALUES ('closed');
COMMIT;
