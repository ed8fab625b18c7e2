"""Taking in files that tell of works and their shares (docs/supplying/works.md).

- reading: a stored file as works, in the order of the file
- telling: a work as the register will be asked to record it, still without ids
- checking: the whole file read once, nothing recorded; the report that is shown first
- recording: works recorded in portions, each a transaction; an interrupted file goes on
- portion, mandates: what one portion writes
- report: what was recorded, what was refused and why
"""
