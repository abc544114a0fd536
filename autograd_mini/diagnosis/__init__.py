"""Known mistakes in backward passes: made on purpose, compared with the right one, recognised."""
