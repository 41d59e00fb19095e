do language plpgsql $$
begin
  if current_setting('server_version_num')::int >= 140000 then
    reindex index orders_status_idx;
  end if;
end $$;
