"""A pretend GPU for machines that have none: code runs on it with real values, and fails where CUDA would."""
