"""Chip vendors: what of the rent of an accelerator reaches who made it."""
