"""Repositories on GitHub: the template, one for each student, and what they had pushed when it was due."""
