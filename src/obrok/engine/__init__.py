"""Plain arrays in, plain arrays out: no case, no YAML, no dates, no data frames."""
