"""Where a request comes from, and whom it thinks it asks."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

    from fastapi import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing."""

LONGEST_PLACE = 400
"""No address of these pages is longer."""


def is_loopback(request: Request) -> bool:
    """Tell whether it was sent from this machine."""
    address = _address(request.client.host if request.client is not None else "")
    return address is not None and address.is_loopback


def is_own_name(request: Request, names: Collection[str]) -> bool:
    """Tell whether the request is for this machine, under one of `names` or its own, or by its address.

    A web page elsewhere can make its own name lead here (DNS rebinding), and its scripts could then read ours. A name
    that is not ours gives it away. An address is ours if it is the one that this very connection came in on.
    """
    host = _host(f"//{request.headers.get('host', '')}")
    if host is None:
        return False
    address = _address(host)
    if address is not None:
        own = _address((request.scope.get("server") or ("", 0))[0])
        return own is not None and (address == own or (address.is_loopback and own.is_loopback))
    machine = socket.gethostname().lower().split(".")[0]
    return host.rstrip(".") in {"localhost", machine, f"{machine}.local", *(name.lower() for name in names)}


def is_own_page(request: Request) -> bool:
    """Tell whether a page of this very site sent the request.

    Browsers say so in Sec-Fetch-Site, older ones in Origin. Who says neither is no browser of today, and refused: no
    form of ours needs it.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return site is not None
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        return False


def place_of(request: Request) -> str:
    """Return the path and query of a request."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def safe_place(place: str) -> str:
    """Return a place on this site: the one that was asked for, or the first page where that leads elsewhere."""
    plain = place.isascii() and place.isprintable() and "\\" not in place and len(place) <= LONGEST_PLACE
    return place if plain and place.startswith("/") and not place.startswith("//") else "/"


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
