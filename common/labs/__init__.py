"""Shared measures of what labs hand in; `solutions/aNN_name/lab_judge.py` says what its lab wants of them.

Nothing here is trained. Each measure compares what was handed in with real data, takes what is wanted of it
from `bounds` (the [lab] table of assignment.toml), and can be explained to the student whom it concerns.
"""
