"""What makes a measurement the same one when it comes again.

`external_id` where the sender gives one; otherwise source, series, time and the how-manieth such
row of its file or batch it is. The identity is the row's id: a UUID shaped like version 7
(RFC 9562 §5.7), 48 bits of the observation's milliseconds, then 74 bits of a hash. Two different
rows of one figure and millisecond share an id with a chance of 1 in 2^74.
"""

from hashlib import blake2b
from uuid import UUID

_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def row_key(source: str, series: str, micros: int) -> bytes:
    """What rows are numbered by within a file or batch; `micros` since 1970, UTC."""
    return f"{len(source)}:{source}{len(series)}:{series}{micros}".encode()


def measurement_id(key: bytes, micros: int, nth: int) -> str:
    """The id of the `nth` row (from 0) of its file or batch with this key, as 32 hex digits."""
    digest = blake2b(b"%b#%d" % (key, nth) if nth else key, digest_size=10).hexdigest()
    return f"{micros // 1000:012x}7{digest[:3]}{_VARIANT[digest[3]]}{digest[4:19]}"


def external_measurement_id(external_id: str, micros: int) -> str:
    """The id of a row that brings its own name."""
    return measurement_id(b"external:" + external_id.encode(), micros, 0)


def first_id_of(milliseconds: int) -> UUID:
    """Below every id of a row observed in this millisecond since 1970, above all earlier ones."""
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


def key_number(key: bytes) -> int:
    """A row key as a signed 64-bit number, for counting keys across the steps of an import."""
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "big", signed=True)
