"""Weights, weighted answers, and what they lean on."""
