"""The waist: everything passes here."""
