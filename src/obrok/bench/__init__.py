"""How fast the engine is, beside what else one could use: the same model, the same worlds, counts that must agree first."""
