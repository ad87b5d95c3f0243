"""Logos: what they are by their content, and nothing of the file is kept but its pixels."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from tenants.company import logos
from tenants.errors import Invalid


def picture(form: str, size: tuple[int, int] = (600, 100), **options: object) -> bytes:
    out = io.BytesIO()
    mode = "RGB" if form == "JPEG" else "RGBA"
    Image.new(mode, size, "#1b5a86").save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_picture_becomes_a_png_that_fits_the_box(form: str) -> None:
    found = Image.open(io.BytesIO(logos.written_anew(picture(form))))
    assert (found.format, found.size) == ("PNG", (480, 80))


def test_nothing_but_pixels_is_kept() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret-place")
    content = picture("PNG", (40, 40), pnginfo=notes) + b"<script>trailing</script>"
    assert b"secret-place" in content
    fresh = logos.written_anew(content)
    assert b"secret-place" not in fresh
    assert b"script" not in fresh


def _huge() -> bytes:
    """A PNG whose head promises 50,000 × 50,000 pixels."""
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + picture("PNG")[33:]
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no picture"),
        (b"GIF89a" + b"\0" * 40, "no PNG, JPEG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "PNG, JPEG or WebP"),
        (b"%PDF-1.7 ......", "no PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + b"nonsense" * 20, "cannot be read|is broken"),
        (picture("PNG")[:80], "cannot be read|is broken"),
        (picture("JPEG")[:300], "cannot be read|is broken"),
        (b"\0" * (logos.MAX_BYTES + 1), "larger than 1 MB"),
        (_huge(), "cannot be read|pixels a side"),
    ],
    ids=["empty", "gif", "svg", "pdf", "head-only", "cut-png", "cut-jpeg", "large", "bomb"],
)
def test_what_is_no_logo_is_refused_with_a_reason(content: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        logos.written_anew(content)
