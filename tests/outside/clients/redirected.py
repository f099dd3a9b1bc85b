"""Runs an outside program with its fixed host redirected: redirected.py HOST URL MODULE:FUNCTION [argument...]

ONLY_STREAMS names the streams of a Singer program that are kept, where its discovery asks for what is not served.

Runs in the program's own environment, so it knows nothing of dealwarden. Every program here speaks through requests.
"""

from __future__ import annotations

import importlib
import operator
import os
import sys
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

host, url, entry, *arguments = sys.argv[1:]
send = HTTPAdapter.send


def redirect(adapter: HTTPAdapter, request: PreparedRequest, **options: Any) -> Response:
    """Send *request* to loopback where it is meant for the fixed host, without the tickets that are not served."""
    request.url = str(request.url).replace(host, url, 1).replace("associations=tickets%2C", "associations=")
    request.headers.pop("Host", None)
    return send(adapter, request, **options)


HTTPAdapter.send = redirect  # type: ignore[method-assign]
module, _, name = entry.partition(":")
if kept := set(filter(None, os.environ.get("ONLY_STREAMS", "").split(","))):
    program = importlib.import_module(module)
    if hasattr(program, "STREAMS"):
        program.STREAMS[:] = [one for one in program.STREAMS if one.tap_stream_id in kept]
    else:
        discover = program.TapHubspot.discover_streams
        program.TapHubspot.discover_streams = lambda tap: [one for one in discover(tap) if one.name in kept]
sys.argv = [module, *arguments]
sys.exit(operator.attrgetter(name)(importlib.import_module(module))())
