"""Tells a web address of finished sessions."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException

from pi_coach.core.errors import DeliveryError

ANSWER_S = 10.0
"""An address that says nothing for this long is not there."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what somebody trained is sent to the address that the owner named, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""


def post(url: str, body: str) -> None:
    """Send JSON to the address. Raises DeliveryError where it does not take it, within a bound."""
    try:
        request = urllib.request.Request(  # noqa: S310  the settings allow http and https only
            url, body.encode(), {"Content-Type": "application/json", "User-Agent": "pi_coach"}, method="POST"
        )
        with urllib.request.build_opener(_Stay).open(request, timeout=ANSWER_S):
            pass
    except urllib.error.HTTPError as error:
        raise DeliveryError(f"The webhook {url} answers {error.code} {error.reason}.") from error
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise DeliveryError(f"The webhook {url} cannot be reached: {reason}.") from error
