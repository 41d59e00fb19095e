alter user shop_app bypassrls createrole;
