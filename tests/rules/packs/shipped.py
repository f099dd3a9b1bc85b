"""All packs that ship, loaded once for every test of them."""

from __future__ import annotations

from rules.catalogue import CATALOGUE
from rules.load import load, pack_names

SHIPPED = load(pack_names(), catalogue=CATALOGUE)
