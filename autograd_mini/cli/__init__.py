"""The command `autograd-mini`: one subcommand for each thing that people do from a terminal."""
