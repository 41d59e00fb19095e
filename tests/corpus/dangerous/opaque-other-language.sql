DO LANGUAGE plpython3u $py$
for row in plpy.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'tmp%'"):
    plpy.execute('DROP TABLE ' + plpy.quote_ident(row['tablename']))
$py$;
