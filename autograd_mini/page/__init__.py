"""The page: a graph that is alive in any browser, in one file."""
