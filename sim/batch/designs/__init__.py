"""Designs: which points of a scenario's parameters a sweep visits, one kind a file."""
