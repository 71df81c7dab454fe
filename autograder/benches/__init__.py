"""How fast and how fair grading is, measured."""
