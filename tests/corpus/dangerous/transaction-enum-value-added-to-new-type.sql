BEGIN;
CREATE TYPE ticket_state AS ENUM ('open');
ALTER TYPE ticket_state ADD VALUE 'closed';
CREATE TABLE tickets (id bigint PRIMARY KEY, state ticket_state NOT NULL DEFAULT 'closed');
INSERT INTO tickets VALUES (1, 'closed');
COMMIT;
