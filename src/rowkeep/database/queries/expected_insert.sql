-- Keep a known good structure.
INSERT INTO rowkeep.structure (source, major, digest, items) VALUES (%(source)s, %(major)s, %(digest)s, %(items)s)
