"""How suppliers' messages arrive and are acknowledged: folders, S3 prefixes, uploads.

A mailbox is looked into every minute. What came at once is a parcel: the folder of a release, or
a batch with its manifest. A parcel is read only when it is complete (`ready`), its messages are
taken (`taking`), queued in the order of their own time (`queueing`), and each is acknowledged when
all are decided (`acknowledging`). Whatever is interrupted is done again, and doing it again changes
nothing.
"""
