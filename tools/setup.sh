#!/usr/bin/env bash
# Installs what a bare Debian 12 lacks: apt packages (as root or with sudo) and a .venv with pinned Python packages. Does nothing where all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(ca-certificates g++ cmake ninja-build ccache make git pkg-config python3 python3-venv python3-dev
          libgrpc++-dev libgrpc-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev libssl-dev libboost-context-dev
          nlohmann-json3-dev catch2 libcli11-dev libeigen3-dev zlib1g-dev libc-ares-dev libre2-dev iproute2 prometheus-cpp-dev clang-14 libclang-rt-14-dev valgrind)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: these packages are missing, and neither root nor sudo is at hand: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
  fi
  echo "setup: installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# The stamp is the hash of the pins: a changed pin installs again, an interrupted install leaves no stamp.
stamp=.venv/installed-$(sha256sum requirements.txt | cut -c1-16)
if [ ! -f "$stamp" ]; then
  echo "setup: installing Python packages into .venv (torch and its libraries take about 4 GB)"
  [ -x .venv/bin/python ] || /usr/bin/python3 -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check -r requirements.txt
  touch "$stamp"
fi
