"""Users: who they are, how they hear of products, choose, use and drop them."""
