"""Answers of a server that is broken or means harm: too large, too slow, endless, or from somewhere else.

A client that sets no bounds dies of them, so they are apart from the faults of ordinary networks.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from functools import cache

from sandbox.server.wire import Request, Response

HOSTILE: dict[str, str] = {
    "drip_body": "the request is carried out, and all of its answer comes at one byte a second",
    "gzip_bomb": "the request is carried out, and its answer unpacks to 1.5 GB",
    "nested_json": "JSON with 100,000 arrays inside each other, status 200, nothing was done",
    "redirect_away": "307 to another host, nothing was done",
    "huge_header": "the request is carried out, and a header of its answer has a megabyte",
    "many_headers": "the request is carried out, and its answer has 5,000 headers",
    "date_9999": "the Date header is the last second of the year 9999",
    "date_garbled": "the Date header is no date",
    "204_after_apply": "a write is carried out and answered 204 without a body",
    "endless_pages": "a page has no rows and names a next one, and so has every page that follows it",
    "self_link": "a page names itself as the next one, and does so whenever it is read",
}
"""Fault kinds and what they mean; played like all others, and best on a client that is meant to survive them."""

_NESTED = 100_000
_BOMB_MB = 1_536
_MEGABYTE = b" " * 1_048_576
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_SPOILED_DATES = {"date_9999": "Fri, 31 Dec 9999 23:59:59 GMT", "date_garbled": "yesterday, about noon"}


def spoiled(kind: str, response: Response) -> Response:
    """Return *response* as the fault *kind* delivers it; unchanged where the kind spoils no finished answer."""
    match kind:
        case "drip_body":
            return replace(response, trickle_s=float(len(response.body)))
        case "gzip_bomb":
            return replace(response, body=bomb(response.body)).with_headers(content_encoding="gzip")
        case "huge_header":
            return response.with_headers(x_padding="x" * len(_MEGABYTE))
        case "many_headers":
            return response.with_headers(**{f"x_padding_{number}": "x" for number in range(5_000)})
        case "date_9999" | "date_garbled":
            return response.with_headers(date=_SPOILED_DATES[kind])
    return response


def nested_json() -> Response:
    """Return an answer that a recursive parser cannot read."""
    return Response(200, b"[" * _NESTED + b"]" * _NESTED, {"content-type": "application/json;charset=UTF-8"})


def redirect(request: Request) -> Response:
    """Return the redirect of *request* to a host that the client was never given; its name resolves nowhere."""
    return Response(307, b"", {"location": f"https://elsewhere.invalid{request.target}"})


def bomb(body: bytes, megabytes: int = _BOMB_MB) -> bytes:
    """Return a gzip stream of *body* behind *megabytes* of white space, which JSON allows in front of a value.

    A block that ends in a full flush depends on nothing before it, so that one packed megabyte can be repeated.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    tail = packer.compress(body) + packer.flush()
    size = (megabytes * len(_MEGABYTE) + len(body)) & 0xFFFFFFFF
    trailer = struct.pack("<II", zlib.crc32(body, _padding_checksum(megabytes)), size)
    return _GZIP_HEAD + _packed_megabyte() * megabytes + tail + trailer


@cache
def _packed_megabyte() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(_MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)


@cache
def _padding_checksum(megabytes: int) -> int:
    checksum = 0
    for _ in range(megabytes):
        checksum = zlib.crc32(_MEGABYTE, checksum)
    return checksum
