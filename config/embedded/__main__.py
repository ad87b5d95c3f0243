"""The embedded servers by hand.

    python -m config.embedded start --data var [--throwaway]

starts both, prints the environment to use them and stays until Ctrl-C.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from pathlib import Path

from config.embedded import (
    DATABASE,
    EmbeddedError,
    EmbeddedPostgres,
    EmbeddedValkey,
    bootstrap_roles,
    environment,
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start both servers and stay until Ctrl-C")
    start.add_argument("--data", type=Path, default=Path("var"), help="where the data are kept")
    start.add_argument("--throwaway", action="store_true", help="keep nothing, sync nothing")
    options = parser.parse_args(arguments)

    def leave(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    keep = not options.throwaway
    postgres = EmbeddedPostgres(options.data / "postgres" if keep else None, throwaway=not keep)
    valkey = EmbeddedValkey(options.data / "valkey" if keep else None)
    try:
        postgres.start()
        valkey.start()
        bootstrap_roles(postgres.superuser_dsn(), DATABASE)
        for name, value in environment(postgres, valkey).items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        while postgres.pid is not None and valkey.pid is not None:
            time.sleep(0.5)
        print("a server ended by itself; see its log", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except EmbeddedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        valkey.stop()
        postgres.stop()


if __name__ == "__main__":
    sys.exit(main())
