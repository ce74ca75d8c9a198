"""Compression methods, one family a file; `catalogue` lists them by name."""
