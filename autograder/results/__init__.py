"""A class's result files: what they were computed from, and how they are written, read and compared."""
