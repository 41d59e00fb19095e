-- loses: public.child
-- setup
CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1); CREATE TABLE child (parent int REFERENCES parent ON DELETE SET NULL); INSERT INTO child VALUES (1);
-- migration
DELETE FROM parent WHERE id = 1;
