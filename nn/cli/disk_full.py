"""A full disk, as the system tells of it."""

from __future__ import annotations

import errno

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_full(error: OSError) -> str:
    """What could not be written."""
    return f"the disk is full, {error.filename or 'a file'} could not be written"
