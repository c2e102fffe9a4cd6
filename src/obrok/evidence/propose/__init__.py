"""Candidate claims found in a text by rules, for a person to accept, to edit or to drop."""

from obrok.evidence.propose.candidate import Candidate
from obrok.evidence.propose.candidates import propose

__all__ = ["Candidate", "propose"]
