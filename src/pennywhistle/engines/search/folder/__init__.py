"""The search index in a folder: tantivy, which this machine's processes read and one writes.

```
search/current          the name of the folder that is read
search/index-<name>/    an index: written by one process, with the position that it stands at
search/popular.json     what most people mean by one or two letters
```
Each commit is whole or not there. Another index is built beside the one that is read, and `current`
is then pointed at it by one rename.
"""

from pennywhistle.engines.search.folder.places import Places
from pennywhistle.engines.search.folder.reading import FolderIndex
from pennywhistle.engines.search.folder.writing import FolderWriter, IndexBusyError, Kept

__all__ = ["FolderIndex", "FolderWriter", "IndexBusyError", "Kept", "Places"]
