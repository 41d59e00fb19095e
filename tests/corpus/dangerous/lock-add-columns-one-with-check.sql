-- Up Migration
ALTER TABLE "public"."orders"
  ADD COLUMN "gift" boolean NOT NULL DEFAULT false,
  ADD COLUMN "gift_message" text,
  ADD COLUMN "gift_wrap" text DEFAULT 'none' CONSTRAINT "known_wrap" CHECK ("gift_wrap" IN ('none', 'paper', 'box')),
  ADD COLUMN "gift_sender" text;
-- Down Migration
ALTER TABLE "public"."orders" DROP COLUMN "gift", DROP COLUMN "gift_message", DROP COLUMN "gift_wrap", DROP COLUMN "gift_sender";
