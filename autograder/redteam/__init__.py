"""Attacks on this machine's grader: what they are, carrying them out, and what held."""
