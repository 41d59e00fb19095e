CREATE TABLE label_queue (id bigint PRIMARY KEY, printer text, state text);
CREATE INDEX label_queue_printer ON label_queue (printer);
ALTER TABLE label_queue DROP COLUMN printer;
DROP INDEX label_queue_printer;
