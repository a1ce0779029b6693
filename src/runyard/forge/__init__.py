"""Where repositories live: bare repositories hosted here, spoken to with git's smart HTTP protocol.

This room runs git and reads objects. It knows no users, no runs and no workflows: who may do what and what follows
from a push is decided by its callers.
"""

from runyard.forge.hosting import Hosting as Hosting
