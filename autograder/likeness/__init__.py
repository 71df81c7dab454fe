"""Which hand-ins are more alike than those of a class are: a flag for a person to look, never a score."""
