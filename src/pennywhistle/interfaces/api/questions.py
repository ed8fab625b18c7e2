"""All questions of the API: the catalog's, and the search, which adds itself to them."""

from pennywhistle.interfaces.api import searching
from pennywhistle.interfaces.api.catalog import api

__all__ = ["api", "searching"]
