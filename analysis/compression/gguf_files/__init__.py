"""Llama models in GGUF files: their layout, reading and writing them."""
