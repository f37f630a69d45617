"""crypten: one command for all tools.

    crypten doctor …    looks for what keeps a run from working on this machine
    crypten launch …    the same as crypten-launch
    crypten cert …      the same as crypten-cert
    crypten dealer …    the same as crypten-dealer
"""

from __future__ import annotations

import importlib
import sys

COMMANDS = ("doctor", "launch", "cert", "dealer")


def main(arguments: list[str] | None = None) -> int:
    """The program `crypten`."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in ("-h", "--help"):
        print(__doc__.rstrip())
        return 0 if words else 2
    if words[0] not in COMMANDS:
        print(f"crypten: there is no command {words[0]!r}: choose one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    sys.argv = [f"crypten-{words[0]}", *words[1:]]
    return importlib.import_module(f"crypten_tools.{words[0]}").main()


if __name__ == "__main__":
    sys.exit(main())
