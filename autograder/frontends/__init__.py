"""Our results inside Otter, nbgrader and Gradescope: thin writers of rows, which judge nothing."""
