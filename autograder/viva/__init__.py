"""A viva: questions about a student's own code, with answers that running it gave."""
