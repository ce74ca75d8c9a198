"""Users as counts by type, holding, awareness and satisfaction, moved by binomial draws."""
