"""A class of invented students, and the path that it takes."""
