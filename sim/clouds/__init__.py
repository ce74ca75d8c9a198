"""Cloud hosts: fleets sized to demand, utilisation, queueing, energy and rent."""
