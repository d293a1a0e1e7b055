"""The work behind a widget: thumbnails and positions, in threads of their own, so that nobody waits for them."""

from .background import Preparation
from .positions import Placing
from .progress import Listener, Progress

__all__ = ["Listener", "Placing", "Preparation", "Progress"]
