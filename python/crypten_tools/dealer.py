"""crypten-dealer: where the dealer's program is, and the command that runs it from an installed package."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys


def program() -> str | None:
    """The path of the C++ program: CRYPTEN_DEALER_PROGRAM, the installed package's, the build folder's, or the first on PATH that is not this command. None: nowhere."""
    here = pathlib.Path(__file__).absolute()
    candidates = [
        os.environ.get("CRYPTEN_DEALER_PROGRAM"),
        here.parents[1] / "crypten_cpp" / "bin" / "crypten-dealer",  # installed
        here.parents[2] / "bin" / "crypten-dealer",  # <build>/python beside <build>/bin
        here.resolve().parents[2] / "build" / "bin" / "crypten-dealer",
    ]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which("crypten-dealer")
    # The installed command of this name comes back here: it would call itself for ever.
    return found if found and os.path.realpath(found) != os.path.realpath(sys.argv[0]) else None


def main() -> int:
    """Becomes the dealer's program, with the same arguments. Returns only where there is none."""
    found = program()
    if found is None:
        print("crypten-dealer: the C++ program is not installed: this package was built without gRPC; build it where libgrpc++-dev is, or name the program in CRYPTEN_DEALER_PROGRAM", file=sys.stderr)
        return 1
    os.execv(found, [found, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
