"""The columns of the CWR records about parties, their shares and their agreements.

How to read a line is in cwr_layout.
"""

AGR = """
agreement 20 14 A!
international_code 34 14 A
kind 48 2 C!
from_on 50 8 D!
until_on 58 8 D
retained_until_on 66 8 D
prior_royalty 74 1 C
prior_royalty_on 75 8 D
post_term 83 1 C
post_term_on 84 8 D
signed_on 92 8 D
works_count 100 5 N!
sales_or_manufacture 105 1 C
shares_change 106 1 F
advance_given 107 1 F
society_agreement 108 14 A
"""

TER = """
inclusion 20 1 C!
territory 21 4 C!
"""

IPA = """
agreement_role 20 2 C!
ipi_name 22 11 C
ipi_base 33 13 C
number 46 9 A!
name 55 45 A!
first_name 100 30 A
performing_society 130 3 C
performing_share 133 5 S
mechanical_society 138 3 C
mechanical_share 141 5 S
synchronization_society 146 3 C
synchronization_share 149 5 S
"""

PUBLISHER = """
chain 20 2 N!
number 22 9 A
name 31 45 A
is_unknown 76 1 F
role 77 2 C
tax_id 79 9 A
ipi_name 88 11 C
agreement 99 14 A
performing_society 113 3 C
performing_share 116 5 S
mechanical_society 121 3 C
mechanical_share 124 5 S
synchronization_society 129 3 C
synchronization_share 132 5 S
special_agreement 137 1 C
first_recording_refusal 138 1 F
filler 139 1 A
ipi_base 140 13 C
international_code 153 14 A
society_agreement 167 14 A
agreement_type 181 2 C
usa_license 183 1 C
"""

WRITER = """
number 20 9 A
name 29 45 A
first_name 74 30 A
is_unknown 104 1 F
role 105 2 C
tax_id 107 9 A
ipi_name 116 11 C
performing_society 127 3 C
performing_share 130 5 S
mechanical_society 135 3 C
mechanical_share 138 5 S
synchronization_society 143 3 C
synchronization_share 146 5 S
is_reversionary 151 1 F
first_recording_refusal 152 1 F
work_for_hire 153 1 F
filler 154 1 A
ipi_base 155 13 C
personal_number 168 12 N
usa_license 180 1 C
"""

PUBLISHER_TERRITORY = """
number 20 9 A
constant 29 6 A
performing_share 35 5 S
mechanical_share 40 5 S
synchronization_share 45 5 S
inclusion 50 1 C!
territory 51 4 C!
shares_change 55 1 F
territory_number 56 3 N
"""

WRITER_TERRITORY = """
number 20 9 A
performing_share 29 5 S
mechanical_share 34 5 S
synchronization_share 39 5 S
inclusion 44 1 C!
territory 45 4 C!
shares_change 49 1 F
territory_number 50 3 N
"""

PWR = """
publisher_number 20 9 A
publisher_name 29 45 A
agreement 74 14 A
society_agreement 88 14 A
writer_number 102 9 A
chain 111 2 N@
"""

NPN = """
chain 20 2 N
number 22 9 A
name 31 480 A!
language 511 2 C
"""

OTHER_NAME = """
number 20 9 A
name 29 160 A!
first_name 189 160 A
language 349 2 C
"""

PER = """
name 20 45 A!
first_name 65 30 A
ipi_name 95 11 C
ipi_base 106 13 C
"""

NPR = """
name 20 160 A
first_name 180 160 A
ipi_name 340 11 C
ipi_base 351 13 C
language 364 2 C
performance_language 366 2 C
performance_dialect 368 3 C
"""

NOW = """
name 20 160 A
first_name 180 160 A
language 340 2 C
position 342 1 C
"""
