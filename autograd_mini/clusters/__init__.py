"""What belongs together in a graph, so that it can be shown as one: open, or closed."""
