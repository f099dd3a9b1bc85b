from __future__ import annotations

import pytest

from connectors.tables import PHASES
from sync.config.standard_stages import STANDARD_PHASES, with_standard


@pytest.mark.parametrize(("kind", "stage"), [("salesforce", "Needs Analysis"), ("hubspot", "appointmentscheduled")])
def test_where_nothing_is_mapped_the_standard_stages_have_phases(kind: str, stage: str) -> None:
    assert with_standard(kind, {})["default", stage] == "discovery"


def test_a_pipeline_that_the_operator_maps_is_left_as_it_is() -> None:
    own = {("default", "Prospecting"): "qualification"}
    assert with_standard("salesforce", own) == own


def test_another_pipeline_s_stages_leave_the_standard_ones() -> None:
    phases = with_standard("hubspot", {("9", "17"): "close"})
    assert (phases["9", "17"], phases["default", "contractsent"]) == ("close", "close")


def test_a_crm_without_standard_stages_gets_none() -> None:
    assert with_standard("files", {}) == {}


def test_every_standard_phase_is_one_of_the_playbook() -> None:
    assert {phase for stages in STANDARD_PHASES.values() for phase in stages.values()} <= set(PHASES)
