CREATE SCHEMA reporting_new;
CREATE DATABASE shop_reporting_2027;
