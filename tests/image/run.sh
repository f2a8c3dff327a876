#!/usr/bin/env bash
# Builds the image, runs it, and runs the pod of config/kubernetes; everything under build/image, removed at the end.
# Exit: 0 passed, 1 failed, 77 not run, with the reason in words.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
if [ "$(id -u)" -ne 0 ]; then
  echo "image: not run: building and running containers needs root here"
  exit 77
fi
if ! tests/scripts/install.sh image; then
  echo "image: not run: buildah, podman and what they need are not to be had"
  exit 77
fi
exec python3 -m unittest discover -b -s tests/image -p "${1:-*}_test.py"
