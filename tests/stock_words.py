"""What Django and the REST framework say by themselves, which no answer of ours does."""

import re

STOCK = re.compile(
    r"This (field|value|list|dictionary|selection)\b|\bEnsure |\bEnter (a|an|two|only)\b"
    r"|Select a valid|[Nn]ot a valid|[Aa] valid \w+ is required|Must be a valid|must be valid"
    r"|Expected (a|an|available)\b|Invalid (data|pk|hyperlink|value|datetime|cursor|input)"
    r"|wrong format|was submitted\. ?C|No file was|The submitted|too large\.|value out of range"
    r"|Null characters|Surrogate characters|Incorrect type|Object .* does not exist"
    r"|number of days must be|Constraint “|must be unique|unique set|did not validate"
    r"|No filename|value must be|already exists\.|does not match the required|The fields "
    r"|credentials were not|not allowed\.$|Unsupported media|do not have permission"
)
