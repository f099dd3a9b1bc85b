"""Fifteen rules over a hundred thousand deals: its engine next to others, on the same deals, with the same counts."""
