"""A company's logo: looked at by its content, and written anew."""

import io

import puremagic
from PIL import Image

from tenants.errors import Invalid

MAX_BYTES = 1024 * 1024
MAX_SIDE = 6000  # of what comes in, in pixels
BOX = (480, 192)  # of what is kept: twice the size at which pages and prints show it
TYPE = "image/png"
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_WANTED = "Choose a PNG, JPEG or WebP picture."


def written_anew(content: bytes) -> bytes:
    """The picture as a PNG that fits the box, without whatever else the file held.

    Raises Invalid for a file over 1 MB, one that is no PNG, JPEG or WebP by its content (whatever
    its name says), a broken one, and one with more than 6,000 pixels a side.
    """
    check_size(len(content))
    form = _format_of(content)
    try:
        picture = Image.open(io.BytesIO(content), formats=[form])  # reads the head alone
        if max(picture.size) > MAX_SIDE:
            raise Invalid({"logo": f"The picture has more than {MAX_SIDE:,} pixels a side."})
        pixels = picture.convert("RGBA")
    except Invalid:
        raise
    except Exception as error:  # a broken file can make Pillow raise nearly anything
        raise Invalid({"logo": f"This picture cannot be read. {_WANTED}"}) from error
    pixels.thumbnail(BOX, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    fresh = Image.new("RGBA", pixels.size)  # pixels alone: no profile, no comment, no location
    fresh.paste(pixels)
    fresh.save(out, "PNG", optimize=True)
    return out.getvalue()


def check_size(size: int | None) -> None:
    """Raise Invalid for a file over 1 MB: before it is read."""
    if (size or 0) > MAX_BYTES:
        raise Invalid({"logo": "The picture is larger than 1 MB. Choose a smaller one."})


def _format_of(content: bytes) -> str:
    """The picture's format by its first bytes."""
    try:
        found = {match.extension.lower() for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError) as error:
        raise Invalid({"logo": f"This is no picture. {_WANTED}"}) from error
    known = [form for extension, form in _FORMATS.items() if extension in found]
    if not known:
        raise Invalid({"logo": f"This is no PNG, JPEG or WebP. {_WANTED}"})
    return known[0]
