#!/usr/bin/env bash
# config/kubernetes against the schemas of two versions of Kubernetes (the first with sidecars switched on, and a late
# one), and against what DESIGN promises of a pod; needs the release tree's pannier. The tool has the schemas in itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
bin=$(tests/scripts/python_venv.sh kubernetes kubernetes-validate==1.37.0)
for version in 1.29 1.37; do
  "$bin/kubernetes-validate" --kubernetes-version $version --strict config/kubernetes/*.yaml
done
exec "$bin/python" tests/kubernetes/manifest_test.py
