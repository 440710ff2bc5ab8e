"""The door: everything that opens a file, and nothing else does."""
