SELECT dblink_exec('dbname=shop host=10.0.3.7', 'DELETE FROM stock WHERE warehouse = 7');
