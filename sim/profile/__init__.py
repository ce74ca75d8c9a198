"""Where the time of a replication goes, mechanism by mechanism."""
