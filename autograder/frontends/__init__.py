"""Our results inside Otter and Gradescope: thin writers of rows, which judge nothing."""
