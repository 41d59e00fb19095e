CREATE TABLE "Settings" ("Key" text PRIMARY KEY, "Value" jsonb);
DELETE FROM Settings;
