"""Notebooks: written, run, and what they make judged by the assignment's own `lab_judge.py`."""
