"""Runs an outside program with its fixed host redirected: redirected.py HOST URL MODULE:FUNCTION [argument...]

Runs in the program's own environment, so it knows nothing of dealwarden. Every program here speaks through requests.
"""

from __future__ import annotations

import importlib
import operator
import sys
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

host, url, entry, *arguments = sys.argv[1:]
send = HTTPAdapter.send


def redirect(adapter: HTTPAdapter, request: PreparedRequest, **options: Any) -> Response:
    """Send *request* to loopback where it is meant for the fixed host."""
    request.url = str(request.url).replace(host, url, 1)
    request.headers.pop("Host", None)
    return send(adapter, request, **options)


HTTPAdapter.send = redirect  # type: ignore[method-assign]
module, _, name = entry.partition(":")
sys.argv = [module, *arguments]
sys.exit(operator.attrgetter(name)(importlib.import_module(module))())
