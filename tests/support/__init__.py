"""What tests share: golden files, oracles, random graphs, terminals."""
