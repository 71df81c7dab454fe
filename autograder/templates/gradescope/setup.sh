#!/usr/bin/env bash
# Builds the image, once: Python 3.11 or later outside /root, which the sandbox's users cannot enter.
set -euo pipefail
apt-get update
for version in 3.12 3.11; do
    if apt-get install -y "python$version-venv"; then break; fi
done
"python$version" -m venv /opt/autograder
/opt/autograder/bin/python -m pip install --no-cache-dir torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
/opt/autograder/bin/python -m pip install --no-cache-dir --editable /autograder/source
