"""The errors a person can act on: one sentence that says what is wrong and what to do."""


class CoachError(Exception):
    """The work failed; the message is one sentence for the person at the machine (exit code 1)."""


class UsageError(CoachError, ValueError):
    """Wrong usage or wrong configuration: names the file, the key and the allowed values (exit code 2)."""


class DrillError(UsageError):
    """A drill file says something that the coach cannot coach."""


class SourceError(CoachError, OSError):
    """A video, a pose recording or a camera cannot be read."""


class CameraLostError(SourceError):
    """A camera is absent, busy, unplugged or stalled: it may come back."""


class ModelError(CoachError, OSError):
    """A pose model is missing, damaged or cannot run here."""


class StoreError(CoachError, OSError):
    """The session book cannot be opened, read or written."""


class DeliveryError(CoachError, OSError):
    """A broker or a web address does not take a session."""


class StuckThreadError(CoachError, RuntimeError):
    """A thread did not end in time."""
