IMPORT FOREIGN SCHEMA public FROM SERVER warehouse INTO reporting;
