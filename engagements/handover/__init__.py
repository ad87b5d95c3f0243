"""The handover pack: what stays with the client when an engagement ends.

Each chapter adds its part with `registry.register_part` in its `AppConfig.ready`: which files it
writes, and how complete it is. `packing` builds the ZIP in steps that survive a killed worker.
"""
