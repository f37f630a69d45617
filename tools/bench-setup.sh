#!/usr/bin/env bash
# Installs what the benchmarks compare with, each in a virtual environment of its own, with pinned versions: .cache/bench/crypten and .cache/bench/spu.
# Takes some minutes and about 5 GB. Does nothing where all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${BENCH_PYTHON:-/usr/bin/python3}  # SPU 0.9.5 has wheels for CPython 3.10 and 3.11
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $version in
  3.10 | 3.11) ;;
  *) echo "bench-setup: SPU 0.9.5 needs CPython 3.10 or 3.11, $python is $version; name another in BENCH_PYTHON" >&2; exit 1 ;;
esac

# environment NAME REQUIREMENTS…: the stamp is written last, so that an interrupted install is done again.
environment() {
  local folder=.cache/bench/$1
  shift
  if [ -f "$folder/installed" ]; then return; fi
  echo "bench-setup: installing into $folder"
  rm -rf "$folder"
  "$python" -m venv "$folder"
  "$folder/bin/python" -m pip install -q --disable-pip-version-check "$@"
}

environment spu spu==0.9.5
.cache/bench/spu/bin/python -c 'import spu' && touch .cache/bench/spu/installed

# CrypTen requires a package named sklearn, which PyPI has withdrawn, so its requirements are named here; torch is the project's own version.
environment crypten torch==2.11.0 torchvision==0.26.0 numpy==1.26.4 omegaconf==2.3.0 onnx==1.19.0 pyyaml==6.0.3 pandas==3.0.6 scikit-learn==1.9.1 tensorboard==2.21.0
.cache/bench/crypten/bin/python -m pip install -q --disable-pip-version-check --no-deps crypten==0.4.1
touch .cache/bench/crypten/installed
