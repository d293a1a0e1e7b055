"""PIL images that are opened and not loaded yet: read anew from their file, at the frame at which they stand.

Reading anew spares the user's column from filling with decoded pictures. It is done only where the file is still the
one that the image has open, and shows the same; else the image itself is loaded, as by the user's own code.
"""

from __future__ import annotations

import os
from typing import Any

from PIL import Image, ImageFile

__all__ = ["at_frame", "frame_of", "still_a_file"]


def still_a_file(image: Any) -> bool:
    """Tell whether a value is an image that may be read anew from its file's name."""
    if not (isinstance(image, ImageFile.ImageFile) and image.tile and getattr(image, "filename", "")):
        return False
    file = getattr(image, "fp", None)
    if file is None or file.closed:
        return True  # there is nothing else to read it from
    try:
        mine, there = os.fstat(file.fileno()), os.stat(image.filename)
    except (OSError, ValueError):  # its name leads nowhere by now, or never did
        return False
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


def frame_of(image: Image.Image) -> int:
    """Return the frame at which an image stands, from 0 on."""
    return image.tell() if hasattr(image, "tell") else 0


def at_frame(image: Image.Image, like: Image.Image) -> bool:
    """Bring an image just opened to the frame of another of the same file; tell whether it then shows the same."""
    if frame_of(image) != frame_of(like):
        image.seek(frame_of(like))
    # an icon of another size may have been chosen, or a coarser JPEG
    return image.size == like.size and image.mode == like.mode
