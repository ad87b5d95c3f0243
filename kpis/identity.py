"""What makes a measurement the same one when it comes again.

`external_id` where the sender gives one; otherwise source, series, time and the how-manieth such
row of its file or batch it is. The identity is the row's id: a UUID shaped like version 7
(RFC 9562 §5.7), 48 bits of the observation's milliseconds, then 74 bits of a hash. Two different
rows of one figure and millisecond share an id with a chance of 1 in 2^74.
"""

from hashlib import blake2b

_VERSION = 7 << 76
_VARIANT = 2 << 62
_LOW_62 = (1 << 62) - 1


def row_key(source: str, series: str, micros: int) -> bytes:
    """What rows are numbered by within a file or batch; `micros` since 1970, UTC."""
    return f"{len(source)}:{source}{len(series)}:{series}{micros}".encode()


def measurement_id(key: bytes, micros: int, nth: int) -> str:
    """The id of the `nth` row (from 0) of its file or batch with this key, as 32 hex digits."""
    return _shape(blake2b(key, digest_size=10, salt=nth.to_bytes(8, "big")).digest(), micros)


def external_measurement_id(external_id: str, micros: int) -> str:
    """The id of a row that brings its own name."""
    return _shape(
        blake2b(external_id.encode(), digest_size=10, person=b"external").digest(), micros
    )


def key_number(key: bytes) -> int:
    """A row key as a signed 64-bit number, for counting keys across the steps of an import."""
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "big", signed=True)


def _shape(digest: bytes, micros: int) -> str:
    bits = int.from_bytes(digest, "big") >> 6
    number = (micros // 1000) << 80 | _VERSION | (bits >> 62) << 64 | _VARIANT | bits & _LOW_62
    return f"{number:032x}"
