"""Every change of key figures: definitions, measurements, imports."""
