"""What people mark by rubrics: entered, counted, agreed on, and handed on to the final grade."""
