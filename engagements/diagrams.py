"""The life cycles as Mermaid diagrams, made from the tables that the services read."""

from collections.abc import Iterable

from engagements.models import LIFE_CYCLE, PROPOSAL_STEPS

Edge = tuple[str, str, str]
BEGIN, END = "<!-- diagram: {name} -->", "<!-- end of diagram -->"


def life_cycle() -> str:
    """The engagement's states."""
    return _diagram((str(t.before), str(t.after), t.label) for t in LIFE_CYCLE)


def proposal() -> str:
    """The states of proposed terms."""
    return _diagram(
        (str(before), str(after), words)
        for before, steps in PROPOSAL_STEPS.items()
        for words, after in steps.items()
    )


def _diagram(edges: Iterable[Edge]) -> str:
    found = list(edges)
    ends = {after for _, after, _ in found} - {before for before, _, _ in found}
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {found[0][0]}"]
    lines += [f"    {before} --> {after}: {words}" for before, after, words in found]
    lines += [f"    {end} --> [*]" for end in sorted(ends)]
    return "\n".join([*lines, "```"])


DIAGRAMS = {"engagement": life_cycle, "proposal": proposal}


def with_diagrams(text: str) -> str:
    """The document with each marked diagram as it is now; raises ValueError for a lost mark."""
    for name, make in DIAGRAMS.items():
        before, begin, rest = text.partition(BEGIN.format(name=name))
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"The document has no diagram {name!r} between its marks.")
        text = f"{before}{begin}\n{make()}\n{end}{after}"
    return text
