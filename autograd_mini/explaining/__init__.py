"""What a teacher writes on the board about a recorded trace, and says when it went wrong."""
