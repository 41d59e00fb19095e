DELETE FROM sessions WHERE id = ANY (ARRAY(SELECT id FROM sessions));
