"""Lets go of who opens a line and then says nothing: uvicorn waits for the beginning of a request without end.

Fewer than fifty such lines would be enough to keep everybody else from the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

HEAD_S = 5.0
"""A request's beginning is one packet; the slowest phone at home sends it in a second."""


class PatientProtocol(H11Protocol):
    """HTTP with a bound for the time that the beginning of a request may take."""

    _due: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401  whatever uvicorn has to give
        super().__init__(*given, **more)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait on, unless there is a request to be answered now."""
        super().data_received(data)
        if _answered(self.cycle):
            self._wait()
        else:
            self._calm()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that breaks off into noise; what is working at its beginning has nobody to answer."""
        super().send_400_response(msg)
        if not _answered(self.cycle):
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _wait(self) -> None:
        if self._due is None:
            self._due = self.loop.call_later(HEAD_S, self._let_go)

    def _let_go(self) -> None:
        self._due = None
        self.transport.close()

    def _calm(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def _answered(request: RequestResponseCycle | None) -> bool:
    """Tell whether the last request has been answered; None before the first."""
    return request is None or request.response_complete
