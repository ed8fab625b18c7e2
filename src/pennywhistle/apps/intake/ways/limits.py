"""How much a place, a parcel and a key may hold; going over one refuses, and says so."""

# In one mailbox at a time: a supplier or the operator clears away what is done.
FOLDERS_MAX = 100_000
FILES_PER_PARCEL_MAX = 20_000
PARCEL_BYTES_MAX = 1_000_000_000_000
MESSAGES_PER_BATCH_MAX = 1_000
PATH_CHARS_MAX = 1_000
NAME_BYTES_MAX = 255
PARCEL_NAME_CHARS_MAX = 200
# Below the parcel: the release's folder, resources, and a little more.
FOLDER_DEPTH_MAX = 6
# A manifest lists at most a thousand messages.
MANIFEST_BYTES_MAX = 16 * 1024 * 1024
# New parcels that one look takes; the next look goes on.
PARCELS_PER_LOOK = 200
# After this much a look ends, so that a takedown that came meanwhile has its turn; parcels are
# taken whole.
BYTES_PER_LOOK = 500_000_000
# Folders that one look lists to find them; those that are not complete yet are among them.
PARCELS_LISTED_PER_LOOK = 1_000
# Of one glance, which reads documents only and comes again in seconds; and of what it has read.
GLANCE_SECONDS_MAX = 20
GLANCES_REMEMBERED_MAX = 50_000
# Parcels that are done and are compared again, in case somebody changed them.
COMPARED_PER_LOOK = 12
COMPARED_DAYS = 30
# How often a parcel may be sent again under its name before that is refused.
SAME_NAME_MAX = 20
# Deliveries that a supplier has begun to upload and not completed.
OPEN_UPLOADS_MAX = 50
# What it uploaded and nobody has cleared away yet.
UPLOAD_FILES_MAX = 5_000
# Space that stays free on the volume of uploads.
FREE_BYTES_MIN = 1_000_000_000
KEYS_MAX = 20
# A queued message that nobody decided within this time is queued again.
QUEUED_AGAIN_HOURS = 1
TROUBLE_CHARS_MAX = 600
# Of what is not complete, what its supplier is shown.
WAITING_SHOWN_MAX = 100
WAITING_FILES_SHOWN_MAX = 20
# Priorities in the queue; other jobs have 0. What ends a sale goes before all of them.
LOOKS_FIRST = 10
ENDS_FIRST = 20
