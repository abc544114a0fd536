"""A straight-line program as machine code, through llvmlite: the `native` extra."""
