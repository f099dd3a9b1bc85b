"""Opens the org that a sandbox is asked to serve: made up, loaded from exports, or kept from the last time."""

from __future__ import annotations

from datetime import datetime

from sandbox.salesforce.org.org import Org
from sandbox.salesforce.seed import exports, populate, provision
from sandbox.server.clock import Clock
from sandbox.server.options import Options, SandboxError
from sandbox.server.state import opened


def open_org(options: Options, clock: Clock) -> Org:
    """The org as *options* want it; one that is kept in a state file goes on where it stopped."""

    def fill(org: Org) -> None:
        _fill(org, options, clock)

    org = opened(options.state, lambda path: Org(now=clock.now, state=path), fill)
    if options.state is not None:
        org.quirks["multicurrency"] = bool(org.table("CurrencyType"))
        clock.set(_last_write(org, clock.now()))
    return org


def _fill(org: Org, options: Options, clock: Clock) -> None:
    if not options.bare:
        provision.provision(org)
    if options.data is None:
        populate.populate(org, deals=options.made_up_deals, seed=options.seed, now=clock.now())
        return
    try:
        exports.load_folder(org, options.data)
    except exports.ExportError as error:
        raise SandboxError(f"--data {error}") from error


def _last_write(org: Org, start: datetime) -> datetime:
    """*start*, or the youngest stamp of the org if that is later: its clock must not begin before it."""
    stamps = [start]
    for name, sobject in org.schema.objects.items():
        if "SystemModstamp" in sobject.fields and org.schema.sees(org.quirks, sobject):
            soql = f"SELECT SystemModstamp FROM {name} ORDER BY SystemModstamp DESC NULLS LAST LIMIT 1"  # noqa: S608
            rows = org.select(soql, all_rows=True).page(0, 1)
            stamps += [datetime.fromisoformat(row["SystemModstamp"]) for row in rows if row["SystemModstamp"]]
    return max(stamps)
