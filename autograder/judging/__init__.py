"""How a check runs, what comes of it, and what it earns."""
