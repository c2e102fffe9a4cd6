"""The runs there are, wherever they lie: told, compared, tagged, removed."""
