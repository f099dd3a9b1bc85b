"""The owners of a portal that is loaded from export CSVs."""

from __future__ import annotations

from sandbox.hubspot.portal.owners import Owner
from sandbox.hubspot.portal.portal import Portal
from sandbox.server.export_files import ExportFile

OWNERS = "owners"
"""The name of the file: id, and as far as there are any email, firstName, lastName, userId, team, archived."""


def load_owners(portal: Portal, file: ExportFile | None, created: str) -> None:
    """Load the owners of *file*; one without a user id gets that of its own number."""
    if file is None:
        return
    names = {name.lower(): name for name in file.columns}
    for line, cells in file.rows():
        row = {name: cells[column].strip() for name, column in names.items()}
        for name in ("id", "userid"):
            if row.get(name, "0") and not row.get(name, "0").isdecimal():
                file.fault(line, names[name], f"expected a number, found {row[name]!r}")
        if not row["id"]:
            file.fault(line, names["id"], "expected an id")
        portal.schema.set_owner(
            Owner(
                id=row["id"],
                user_id=row.get("userid") or row["id"],
                email=row.get("email", ""),
                first_name=row.get("firstname", ""),
                last_name=row.get("lastname", ""),
                created=created,
                team=row.get("team") or None,
                archived=row.get("archived", "").lower() in ("true", "1", "yes"),
            )
        )
