"""Documents, anchors and claims. Knows nothing of simulation."""
