"""Creates whose outcome the product cannot know: none is sent again before the CRM was asked what became of it."""

from __future__ import annotations

import gzip
import json
import re
from typing import Final
from urllib.parse import unquote

from sandbox.server.wire import Dropped, Request, Response

KEY: Final = re.compile(r"dw:[0-9a-f]{20}-[0-9]+")


class Doubts:
    """The keys of tasks that were sent and of which no trustworthy answer came."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def again(self, request: Request) -> list[str]:
        """Note a request that leaves; give the keys that it sends again though nobody asked about them."""
        if not _creates(request):
            return []
        keys = set(KEY.findall(request.body.decode()))
        unasked, self._keys = keys & self._keys, self._keys | keys
        return sorted(unasked)

    def answered(self, request: Request, outcome: Response | Dropped) -> None:
        """Note what came back: an answer to a create settles it, one to a question about a key settles that."""
        if not self._keys or not isinstance(outcome, Response) or outcome.status >= 500:
            return
        settled = self._keys & set(KEY.findall(unquote(request.target) + request.body.decode()))
        if settled and _is_whole(outcome):
            self._keys -= settled

    def forget(self) -> None:
        """Forget all, as the product does with its database."""
        self._keys.clear()


def _creates(request: Request) -> bool:
    return request.method == "POST" and request.path.rstrip("/").endswith(("composite/sobjects", "batch/create"))


def _is_whole(answer: Response) -> bool:
    packed = {name.lower(): value for name, value in answer.headers.items()}.get("content-encoding") == "gzip"
    try:
        json.loads(gzip.decompress(answer.body) if packed else answer.body)
    except (ValueError, OSError, EOFError):
        return answer.status >= 400  # a gateway's page
    return not answer.missing
