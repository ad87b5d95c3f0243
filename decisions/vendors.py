"""When two spellings of a vendor are one vendor."""

import re
import unicodedata

_FORMS = frozenset(
    [
        "ab",
        "ag",
        "as",
        "asa",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "inc",
        "incorporated",
        "kft",
        "kg",
        "kk",
        "limited",
        "llc",
        "llp",
        "ltd",
        "nv",
        "oy",
        "oyj",
        "plc",
        "pte",
        "pty",
        "sa",
        "sarl",
        "sas",
        "sl",
        "spa",
        "srl",
    ]
)
MOST = 480  # what the column holds: some letters become many
_WORD = re.compile(r"[^\W_]+")


def vendor_key(name: str) -> str:
    """The name without case, accents, punctuation and its legal form.

    “Acme, Inc.”, “ACME Inc” and “Acmé” are one vendor. A name that consists of nothing else keeps
    its words.
    """
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    words = _WORD.findall(re.sub(r"(?<=\b\w)\.(?=\w\b)", "", text.replace("&", " and ")))
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    return (" ".join(words) or text.replace("\0", "").strip())[:MOST]
