#!/usr/bin/env bash
# Needs nothing but the Python that is there.
set -e
command -v python3 || { apt-get update && apt-get install -y python3; }
