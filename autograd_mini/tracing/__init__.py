"""A graph and its two passes as data: nodes, names, events, the ledger, source lines, JSON."""
