"""DDEX sales reports as flat files (DSR): what was sold, told to licensors and record companies.

`layouts` has the cells of each record; `facts` what a report is made of; `basic`, `mlc` and
`financial` the three profiles; `writing` and `reading` the files. The store keeps to the versions
that docs/algorithms/dsr.md names.
"""

from pennywhistle.engines.dsr.basic import basic_report
from pennywhistle.engines.dsr.facts import (
    Context,
    Correspondent,
    Heading,
    MusicalWork,
    Product,
    SoundRecording,
    Use,
)
from pennywhistle.engines.dsr.financial import Account, Line, financial_report
from pennywhistle.engines.dsr.mlc import mlc_report
from pennywhistle.engines.dsr.reading import ReadReport, ReportInvalidError, read_report
from pennywhistle.engines.dsr.writing import figures_digest, file_name

__all__ = [
    "Account",
    "Context",
    "Correspondent",
    "Heading",
    "Line",
    "MusicalWork",
    "Product",
    "ReadReport",
    "ReportInvalidError",
    "SoundRecording",
    "Use",
    "basic_report",
    "figures_digest",
    "file_name",
    "financial_report",
    "mlc_report",
    "read_report",
]
