"""Notebooks: written, run and judged."""
