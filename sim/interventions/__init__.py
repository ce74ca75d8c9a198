"""Interventions: dated changes that somebody asks about, after which all goes on as before."""
