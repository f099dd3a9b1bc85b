"""The rule packs that ship with the product."""
