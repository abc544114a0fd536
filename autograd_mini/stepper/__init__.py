"""The stepper: the two passes one event at a time, forwards and backwards, and its prompt."""
