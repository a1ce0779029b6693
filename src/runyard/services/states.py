"""Words of the kernel that doors need to understand what services answer."""

from runyard.kernel import RerunKind as RerunKind
from runyard.kernel import Status as Status
