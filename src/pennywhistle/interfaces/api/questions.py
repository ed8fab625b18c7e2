"""All questions of the API: the catalog's, and those that add themselves to them."""

from pennywhistle.interfaces.api import dumping, searching
from pennywhistle.interfaces.api.catalog import api

__all__ = ["api", "dumping", "searching"]
