"""All packs that ship, loaded once for every test of them."""

from __future__ import annotations

from rules.files.load import load
from rules.files.shipped import pack_names
from rules.signals.catalogue import CATALOGUE

SHIPPED = load(pack_names(), catalogue=CATALOGUE)
