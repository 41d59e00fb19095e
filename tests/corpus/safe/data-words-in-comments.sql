-- We used to DROP TABLE orders; here. DELETE FROM customers; was worse.
/* TRUNCATE payments;
   /* nested: DROP SCHEMA public CASCADE; */
   UPDATE customers SET email = NULL;
*/
ALTER TABLE orders ADD COLUMN campaign text; -- then: DROP TABLE campaigns;
--DROP TABLE campaigns;
