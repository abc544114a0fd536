"""Mathematics as text."""
