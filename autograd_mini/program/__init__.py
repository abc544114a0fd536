"""A graph as a straight-line program: compiled and run, or written as source."""
