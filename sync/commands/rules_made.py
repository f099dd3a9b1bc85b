"""``rules docs`` and ``rules schema``: what is made from the rules and the catalogue of signals."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rules.files.generated_docs import signals_page
from rules.files.load import load
from rules.files.playbook import playbook_page
from rules.files.schema import json_schema
from rules.files.shipped import pack_names
from rules.signals.catalogue import CATALOGUE, with_extras
from sync.app.connect import all_extras
from sync.commands.rules import config_in_force
from sync.commands.terminal import console, plain, show_json
from sync.errors import FINE, ConfigError


def write_docs(folder: Path, *, as_json: bool) -> int:
    """Write the reference pages of the shipped signals and rules into *folder*."""
    shipped = load(pack_names(), catalogue=CATALOGUE)
    pages = {"signals.md": signals_page(CATALOGUE), "playbook.md": playbook_page(shipped)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            [f"{folder}: the pages cannot be written there ({error.strerror}); name another folder with --out"]
        ) from None
    files = [str(folder / name) for name in pages]
    if as_json:
        show_json({"files": files})
    else:
        console().print("\n".join(f"wrote {plain(file)}" for file in files))
    return FINE


def show_schema(config: Path | None) -> int:
    """Print the JSON Schema of rule files, the signals of the config's mapped extras among its names."""
    loaded_config = config_in_force(config)
    catalogue = CATALOGUE if loaded_config is None else with_extras(CATALOGUE, all_extras(loaded_config))
    sys.stdout.write(json.dumps(json_schema(catalogue), indent=2) + "\n")
    return FINE
