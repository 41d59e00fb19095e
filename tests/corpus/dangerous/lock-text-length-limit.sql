ALTER TABLE customers
  ADD CONSTRAINT notes_length CHECK (char_length(notes) <= 2000);
