"""Opens the portal that a sandbox is asked to serve: made up, loaded from exports, or kept from the last time."""

from __future__ import annotations

from sandbox.hubspot.portal.moments import moment_of
from sandbox.hubspot.portal.portal import Portal
from sandbox.hubspot.seed import exports, populate, provision
from sandbox.server.clock import Clock
from sandbox.server.options import Options, SandboxError
from sandbox.server.state import opened


def open_portal(options: Options, clock: Clock) -> Portal:
    """The portal as *options* want it; one that is kept in a state file goes on where it stopped."""

    def fill(portal: Portal) -> None:
        _fill(portal, options, clock)

    portal = opened(options.hubspot_state, lambda path: Portal(now=clock.now, state=path), fill)
    stamp = portal.latest_stamp() if options.state is not None else None
    if stamp is not None:
        clock.set(max(clock.now(), moment_of(stamp)))
    return portal


def _fill(portal: Portal, options: Options, clock: Clock) -> None:
    if not options.bare:
        provision.provision(portal)
    if options.data is None:
        populate.populate(portal, deals=options.made_up_deals, seed=options.seed, now=clock.now())
        return
    try:
        exports.load_folder(portal, options.data)
    except exports.ExportError as error:
        raise SandboxError(f"--data {error}") from error
