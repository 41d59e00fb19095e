SELECT length(query_to_xml('SELECT public.purge_sessions()', true, false, '')::text);
