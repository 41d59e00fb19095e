-- migration
DEALLOCATE ALL; UPDATE users SET visits = visits + 1;
