#!/usr/bin/env bash
# The main job: A's model classifies B's images, in Python and in C++ (`digits`), or ResNet-18 on one image (`resnet18`). Three processes, mutual TLS, certificates made for the run.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH="$PWD/build/python:$PWD/python" PATH="$PWD/build/bin:$PATH"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
launch=(.venv/bin/python -m crypten_tools.launch -n 2 --timeout 900)
model=("$folder/model.safetensors" "$folder/structure.safetensors" "$folder/images.safetensors")

case "${1:-digits}" in
digits)
  echo "== Python: rank 0 is organisation A with a model, rank 1 is organisation B with 360 images"
  "${launch[@]}" .venv/bin/python examples/1_classify_digits.py --check "$folder"
  echo "== C++: the same model and images, from files"
  "${launch[@]}" build/bin/example-1-classify-digits "${model[@]}"
  ;;
resnet18)
  echo "== Python: torchvision's ResNet-18, 64×64 pixels"
  "${launch[@]}" .venv/bin/python examples/2_resnet18.py --check "$folder"
  echo "== C++: the same model and image, from files"
  "${launch[@]}" build/bin/example-2-resnet18 "${model[@]}"
  ;;
*)
  echo "usage: tools/demo.sh [digits|resnet18]" >&2
  exit 2
  ;;
esac
