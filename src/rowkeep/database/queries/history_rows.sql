-- The history that node-pg-migrate keeps too, in its order.
SELECT id, name, run_on FROM {history} ORDER BY run_on, id
