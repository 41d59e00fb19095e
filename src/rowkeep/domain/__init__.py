"""The words of the house: frozen values that the rooms hand on. Imports nothing but the standard library."""
