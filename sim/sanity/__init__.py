"""What a valid scenario says that is hardly meant: sums computed from it, each with its place."""
