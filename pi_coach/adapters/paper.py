"""A page of HTML as a file: as it is, as PDF, or as a picture of that PDF, so that all three look the same."""

from __future__ import annotations

from pi_coach.core.errors import CoachError, UsageError

SUFFIXES = (".html", ".png", ".pdf")

PICTURE_SCALE = 2.0
"""Picture points to a PDF point: an A4 page becomes 1190 by 1684 pixels, enough for a phone and for print."""


def rendered(html: str, suffix: str) -> bytes:
    """Return the page in the form that goes by the end of a file's name. Raises UsageError for an unknown one."""
    match suffix.lower():
        case ".html":
            return html.encode()
        case ".pdf":
            return _pdf(html)
        case ".png":
            return _picture(_pdf(html))
        case _:
            raise UsageError(f"a sheet's file must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")


def _pdf(html: str) -> bytes:
    try:
        from weasyprint import HTML  # noqa: PLC0415 - a second to import, and only a sheet needs it
    except OSError as error:
        raise CoachError(
            "A PDF or a picture needs the library Pango: `sudo apt install libpangoft2-1.0-0`, or name a file that "
            "ends in .html."
        ) from error
    made: bytes = HTML(string=html, url_fetcher=_nothing_is_fetched).write_pdf()
    return made


def _nothing_is_fetched(url: str) -> dict[str, object]:
    raise CoachError(f"A sheet refers to nothing outside itself, and here to {url}.")


def _picture(pdf: bytes) -> bytes:
    from io import BytesIO  # noqa: PLC0415

    from pypdfium2 import PdfDocument  # noqa: PLC0415 - as above

    document = PdfDocument(pdf)
    try:
        image = document[0].render(scale=PICTURE_SCALE).to_pil()
    finally:
        document.close()
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()
