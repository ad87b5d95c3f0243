"""The states of a spend request, as data; `docs/spend-states.md` is made from it."""

from decisions.models.request import SpendRequest

_S = SpendRequest.Status

TRANSITIONS: dict[str, dict[str, str]] = {
    _S.DRAFT: {_S.SUBMITTED: "submit", _S.WITHDRAWN: "withdraw", _S.APPROVED: "own authority"},
    _S.SUBMITTED: {
        _S.APPROVED: "last approval, or bypass",
        _S.CHANGES_REQUESTED: "request changes",
        _S.REJECTED: "reject",
        _S.WITHDRAWN: "withdraw",
        _S.EXPIRED: "nobody decided",
    },
    _S.CHANGES_REQUESTED: {
        _S.SUBMITTED: "submit again",
        _S.APPROVED: "own authority, or all had approved",
        _S.WITHDRAWN: "withdraw",
        _S.EXPIRED: "nobody changed it",
    },
    _S.APPROVED: {
        _S.ORDERED: "order",
        _S.SUBMITTED: "material change",
        _S.WITHDRAWN: "withdraw",
    },
    _S.ORDERED: {_S.CLOSED: "close"},
    _S.CLOSED: {},
    _S.REJECTED: {},
    _S.WITHDRAWN: {},
    _S.EXPIRED: {},
}
"""From → to → what does it."""

COUNTED = (_S.SUBMITTED, _S.CHANGES_REQUESTED, _S.APPROVED, _S.ORDERED, _S.CLOSED)
"""The states in which a request counts together with others of its requester or vendor."""


def diagram() -> str:
    """The states as a Mermaid diagram, in Markdown."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    for before, after in TRANSITIONS.items():
        lines += [f"    {before} --> {state}: {what}" for state, what in after.items()]
        if not after:
            lines.append(f"    {before} --> [*]")
    return "\n".join([*lines, "```"])
