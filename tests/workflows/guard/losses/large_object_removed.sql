-- loses: large objects
-- setup
SELECT lo_create(4712); SELECT lo_put(4712, 0, 'abc');
-- migration
SELECT lo_unlink(4712);
