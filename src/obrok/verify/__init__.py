"""Judges of the engine that share none of its rules, and the command that calls them."""
