"""A case folder → what the simulation needs, every parameter tied to a claim or an assumption."""
