"""A connection belongs to one org, and stops writing as soon as a person says so."""

from __future__ import annotations

from sync.app.decisions import rebind, resume, withdraw
from sync.app.reload import Reloader
from sync.app.workspace import Workspace
from sync.config.config import load_config
from sync.connection.progress import SilentProgress
from sync.errors import CRM_FAILED
from sync.store.status import read_status
from tests.proofs.conftest import MakeWorld
from tests.proofs.portal import PortalWorld
from tests.proofs.world import World, kept_in

PERSON = "Dana Ops"


def opened(world: World) -> Workspace:
    return Workspace.open(load_config(world.config), progress=SilentProgress())


def test_the_kill_switch_stops_a_running_cycle_between_two_writes(make_world: MakeWorld) -> None:
    world = make_world(deals=8, seed=7)
    with opened(world) as workspace:
        reloader = Reloader(workspace)

        class Switching(SilentProgress):
            def stage(self, connection: str, stage: str, done: int, total: int) -> None:
                if stage == "writing" and 'mode = "enforce"' in world.config.read_text():
                    world.reword_config('mode = "enforce"', 'mode = "observe"')
                    reloader.check()

        workspace.progress = Switching()
        report = workspace.run("salesforce", "sync")
        assert report.applied.create > 0 == report.applied.scores
        assert report.incomplete_reason == "stopped on request between two batches"
        assert workspace.run("salesforce", "sync").applied.scores == 0


def test_a_connection_that_was_set_to_observe_writes_again_after_resume(make_world: MakeWorld) -> None:
    world = make_world(deals=8, seed=7)
    world.run("plan")
    with opened(world) as workspace:
        withdraw(workspace, "salesforce", PERSON)
    quiet = world.sync()
    assert (quiet.applied.scores, len(world.own_tasks())) == (0, 0)
    assert any("dealwarden resume salesforce" in note for note in quiet.problems)
    with opened(world) as workspace:
        assert resume(workspace, "salesforce", PERSON)
    assert world.sync().applied.create > 0


def test_other_credentials_under_the_same_name_stop_until_a_person_rebinds(make_world: MakeWorld) -> None:
    first, second = make_world(deals=2, seed=7), PortalWorld(make_world(crm="hubspot", deals=2, seed=7).box)
    first.sync()
    kept_in(second, first.place.full_url)
    second.reword_config("[connections.hubspot", "[connections.salesforce")
    second.reset_calls()
    with opened(second) as workspace:
        stopped = workspace.run("salesforce", "sync")
        assert (stopped.exit_code, "dealwarden rebind salesforce" in (stopped.error or "")) == (CRM_FAILED, True)
        assert stopped.applied.create == second.calls()["write"] == 0
        before, org = rebind(workspace, "salesforce", PERSON)
        assert before != org.org_id
        assert workspace.run("salesforce", "sync").error is None


def test_a_mode_changed_in_the_configuration_stands_in_the_audit_once(make_world: MakeWorld) -> None:
    world = make_world(deals=0)
    world.sync()
    world.reword_config('mode = "enforce"', 'mode = "observe"')
    for _ in range(2):
        world.sync()
    (line,) = read_status(world.place.full_url)["connections"][world.crm]["audit"]
    said = ("switched", "salesforce: enforce to observe", "the configuration")
    assert (line["action"], line["about"], line["by"]) == said
