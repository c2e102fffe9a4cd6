"""A file (plain text, HTML, PDF, WARC) → normalised text with a stable digest, and a map back to the original.

    for path, found in read_files(paths):
        if isinstance(found, Unreadable):
            print(path, found.what, found.mend)
        else:
            for read in found:
                print(read.title, sha256(read.text), read.walk_back(424, 461))

`read_bytes` does the same for bytes at hand, in this process: use it for files you trust, and `read_files`, which works
in processes that can be ended, for all others. Nothing here writes a file, opens a connection or runs what it reads.
"""

from obrok.evidence.reading.one import read_bytes
from obrok.evidence.reading.pool import read_files
from obrok.evidence.reading.types import LIMITS, InMemory, Limits, Piece, Read, TakenFrom, Unreadable

__all__ = ["LIMITS", "InMemory", "Limits", "Piece", "Read", "TakenFrom", "Unreadable", "read_bytes", "read_files"]
