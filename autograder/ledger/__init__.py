"""The course's books: events that are only ever added, and what follows from them by course.toml."""
