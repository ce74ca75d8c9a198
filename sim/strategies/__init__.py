"""What providers decide by: one strategy a file, its record and its rule together."""
