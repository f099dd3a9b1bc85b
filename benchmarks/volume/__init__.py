"""How many tasks people have at once over eight weeks, with caps and without."""
