-- Forget all but the newest ten.
DELETE FROM rowkeep.structure s
WHERE s.id NOT IN (SELECT k.id FROM rowkeep.structure k ORDER BY k.id DESC LIMIT 10)
