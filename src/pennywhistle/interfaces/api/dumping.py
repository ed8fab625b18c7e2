"""What there is of the dump of the catalog."""

from typing import Any

from django.http import HttpRequest

from pennywhistle.apps.reach import queries
from pennywhistle.apps.reach.documents import instant_text
from pennywhistle.apps.reach.models import PublicFile
from pennywhistle.interfaces.api import schemas
from pennywhistle.interfaces.api.catalog import api
from pennywhistle.interfaces.common.public_addresses import address_of


@api.get("/dump", response={200: schemas.DumpOut, 429: schemas.ProblemOut}, tags=["Dump"])
def dump(request: HttpRequest) -> Any:  # noqa: ANN401
    """The files that hold the whole catalog, made once a day."""
    del request
    rows = queries.public_files(PublicFile.Group.DUMP)
    return {
        "made_at": instant_text(max(row.made_at for row in rows)) if rows else None,
        "files": [
            {
                "name": row.name,
                "url": address_of("dump-file", row.name),
                "sha256": row.sha256,
                "size_bytes": row.size_bytes,
                "row_count": row.row_count,
                "changed_at": instant_text(row.changed_at),
            }
            for row in rows
        ],
    }
