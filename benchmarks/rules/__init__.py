"""Fifteen rules over a hundred thousand deals: our engine beside others, on the same deals, with the same counts."""
