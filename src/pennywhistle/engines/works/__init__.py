"""Registrations of musical works as publishers send them: CWR 2.1 and 2.2, and CSV.

- `read_cwr`, `read_works_csv`: a file in, works with all who have a part in them out
- registration: the one shape of both
- transmission: sender, agreements, the report on the file
- findings: what is wrong, and what is not kept
- societies: CISAC's numbers with names

The reader's page is docs/supplying/works.md.
"""

from pennywhistle.engines.works.cwr_file import CwrItem, read_cwr
from pennywhistle.engines.works.findings import Finding, NotKept
from pennywhistle.engines.works.registration import (
    Acknowledgement,
    Affiliation,
    Collection,
    Interest,
    Message,
    Note,
    OtherIdentifier,
    Ownership,
    Party,
    PublisherLink,
    Recording,
    RelatedWork,
    Right,
    Title,
    WorkRegistration,
)
from pennywhistle.engines.works.societies import society_name, society_number
from pennywhistle.engines.works.transmission import (
    Agreement,
    AgreementPart,
    AgreementShare,
    FileReport,
    Header,
)
from pennywhistle.engines.works.works_csv import CsvItem, read_works_csv

__all__ = [
    "Acknowledgement",
    "Affiliation",
    "Agreement",
    "AgreementPart",
    "AgreementShare",
    "Collection",
    "CsvItem",
    "CwrItem",
    "FileReport",
    "Finding",
    "Header",
    "Interest",
    "Message",
    "NotKept",
    "Note",
    "OtherIdentifier",
    "Ownership",
    "Party",
    "PublisherLink",
    "Recording",
    "RelatedWork",
    "Right",
    "Title",
    "WorkRegistration",
    "read_cwr",
    "read_works_csv",
    "society_name",
    "society_number",
]
