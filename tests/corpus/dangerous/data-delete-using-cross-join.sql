DELETE FROM shipments USING settings WHERE settings.key = 'site_name';
