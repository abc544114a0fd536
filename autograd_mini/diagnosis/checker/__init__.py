"""Grades somebody's own engine by what it does: no line of it is read."""
