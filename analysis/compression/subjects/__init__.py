"""The models that are compressed: how each is loaded, or trained."""
