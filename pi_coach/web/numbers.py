"""Numbers in addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

MOST = 2**53 - 1
"""As far as browsers, and every database, count in whole numbers."""

RowId = Annotated[int, Path(ge=1, le=MOST)]
"""The number of a session, a set or a rep."""
