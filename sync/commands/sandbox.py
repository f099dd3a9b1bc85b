"""``sandbox serve``: the simulated CRM as a process of its own."""

from __future__ import annotations

from sandbox.serve import Options
from sandbox.serve import serve as serve_sandbox
from sync.commands.terminal import show_json

__all__ = ["Options", "serve"]


def serve(options: Options, *, as_json: bool) -> int:
    """Serve until a signal comes; the ready line is JSON in any case, and so is a refusal with *as_json*."""
    code = serve_sandbox(options)
    if code and as_json:
        show_json(
            {
                "error": {
                    "kind": "SandboxError",
                    "message": "the reason is on stderr",
                    "exit_code": code,
                    "problems": [],
                }
            }
        )
    return code
