-- loses: large objects
-- setup
SELECT lo_create(4711); SELECT lo_put(4711, 0, 'abc');
-- migration
SELECT lo_put(4711, 0, 'xyz');
