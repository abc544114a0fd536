"""Pictures of a graph: DOT lines, rendered where a program for it is found, and terminal text."""
