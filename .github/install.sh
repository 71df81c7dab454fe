#!/usr/bin/env bash
# What a job of grade.yml runs on: the exact versions, each file by its hash, and this course.
set -eu
pip install --require-hashes -r requirements.lock -r requirements-github.lock
pip install --no-deps --no-build-isolation -e .
