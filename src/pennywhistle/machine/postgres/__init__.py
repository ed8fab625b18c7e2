"""The store's own PostgreSQL 18: the programs of a wheel, our supervision.

`Cluster(data).start()` is all that a caller needs; tests may start one for a whole session with
`Cluster(folder, settings={"fsync": "off"})`.
"""

from pennywhistle.machine.postgres.cluster import Cluster
from pennywhistle.machine.postgres.errors import ClusterError

__all__ = ["Cluster", "ClusterError"]
