"""A whole semester of an invented class whose points are drawn: what is tried is the course's books."""
