from __future__ import annotations

import os
import stat
from pathlib import Path

from sync.config.private_files import make_private, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    write_private(tmp_path / "page.html", "deals")
    os.umask(before)
    assert (mode(tmp_path / "page.html"), (tmp_path / "page.html").read_text()) == (0o600, "deals")


def test_a_file_that_is_written_again_is_taken_away_from_others(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("longer than what comes now")
    (tmp_path / "page.html").chmod(0o644)
    write_private(tmp_path / "page.html", "deals")
    assert (mode(tmp_path / "page.html"), (tmp_path / "page.html").read_text()) == (0o600, "deals")


def test_a_device_keeps_its_permissions() -> None:
    before = mode(Path(os.devnull))
    write_private(Path(os.devnull), "deals")
    make_private(Path(os.devnull))
    assert mode(Path(os.devnull)) == before
