alter domain postcode add constraint postcode_not_blank check (btrim(value) <> '');
