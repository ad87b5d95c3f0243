"""Every change of state of spend, one file a noun."""
