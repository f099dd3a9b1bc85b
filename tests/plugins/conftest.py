from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands import Commands, Ended, logs_put_back

DEALS = """\
deal_id,name,owner_id,account_id,amount,stage_id,stage_entered_at,is_closed,is_won,close_date,created_at,champion_level,metrics_level,x_tier
D1,"Harbor, Ltd",U1,A1,120000,Evaluation,2026-05-01T09:00:00Z,false,,2026-06-30,2026-03-01T09:00:00Z,0,2,gold
D2,Quarry,U1,A1,64000.50,Evaluation,2026-06-10T09:00:00Z,false,,2026-05-31,2026-03-01T09:00:00Z,3,,silver
D3,Signed,U1,A1,8000,Won,2026-05-01T09:00:00Z,true,true,2026-05-02,2026-01-01T09:00:00Z,3,3,
"""
OTHERS = {
    "roles.csv": "deal_id,contact_id,raw_role\nD1,C1,Champion\nD2,C1,Economic Buyer\nD2,C2,\n",
    "contacts.csv": "contact_id,account_id,name,reachable\nC1,A1,Ada,true\nC2,A1,Grace,yes\n",
    "touches.csv": "touch_id,at,kind,direction\nT1,2026-04-01T09:00:00Z,meeting,two_way\nT2,2026-06-12 09:00,call,\n",
    "touch_links.csv": "touch_id,deal_id,contact_id\nT1,D1,C1\nT2,D2,C1\n",
    "owners.csv": "owner_id,name,active\nU1,Lin,true\n",
    "stages.csv": "stage_id,label,rank,is_closed,is_won\nEvaluation,Evaluation,1,false,false\nWon,Won,2,true,true\n",
}


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Return a folder of exports with every table that rules read most."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "deals.csv").write_text(DEALS)
    for name, text in OTHERS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def dealwarden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    """Run the command in the test's folder."""
    monkeypatch.chdir(tmp_path)
    with logs_put_back():
        yield Commands(capsys)


@pytest.fixture
def installed_dealwarden(tmp_path: Path) -> Callable[..., Ended]:
    """Run the command as a process of its own in the test's folder, with *path* on its import path."""

    def run(*words: str, path: Path, **environment: str) -> Ended:
        surroundings = os.environ | environment | {"PYTHONPATH": str(path)}
        command = [Path(sys.executable).with_name("dealwarden"), *words]
        ended = subprocess.run(
            command, check=False, cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=120
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run
