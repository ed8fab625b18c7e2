"""The columns of the CWR records about the file, the work and its recordings.

How to read a line is in cwr_layout.
"""

HDR = """
sender_type 4 2 C!
sender_id 6 9 N!
sender_name 15 45 A!
edi_version 60 5 C!
created_on 65 8 D!
created_time 73 6 T!
transmitted_on 79 8 D!
character_set 87 15 A
version 102 3 C@
revision 105 3 N@
software 108 30 A@
software_version 138 30 A@
"""

GRH = """
transaction_type 4 3 C!
group_id 7 5 N!
version 12 5 C!
batch 17 10 N
submission_type 27 2 C
"""

GRT = """
group_id 4 5 N!
transaction_count 9 8 N!
record_count 17 8 N!
currency 25 3 C
monetary_value 28 10 N
"""

TRL = """
group_count 4 5 N!
transaction_count 9 8 N!
record_count 17 8 N!
"""

WORK = """
title 20 60 A!
language 80 2 C
work_number 82 14 A!
iswc 96 11 C
copyright_on 107 8 D
copyright_number 115 12 A
category 127 3 C!
duration 130 6 T
is_recorded 136 1 F
text_music 137 3 C
composite_type 140 3 C
version_type 143 3 C!
excerpt_type 146 3 C
music_arrangement 149 3 C
lyric_adaptation 152 3 C
contact_name 155 30 A
contact_id 185 10 A
work_type 195 2 C
is_grand_right 197 1 F
component_count 198 3 N
printed_on 201 8 D
exceptional_clause 209 1 F
opus_number 210 25 A
catalog_number 235 25 A
is_urgent 260 1 F
"""

ACK = """
original_created_on 20 8 D
original_created_time 28 6 T
original_group 34 5 N
original_transaction 39 8 N
original_type 47 3 C
title 50 60 A
submitter_number 110 20 A
recipient_number 130 20 A
processed_on 150 8 D
status 158 2 C!
"""

MSG = """
refuses 20 1 C
original_record 21 8 N
record_type 29 3 C
level 32 1 C
rule 33 3 C
text 36 150 A
"""

ALT = """
title 20 60 A!
title_type 80 2 C
language 82 2 C
"""

NAT = """
title 20 640 A!
title_type 660 2 C
language 662 2 C
"""

OTHER_TITLE = """
title 20 640 A!
language 660 2 C
"""

ORIGINAL = """
title 20 60 A!
iswc 80 11 C
language 91 2 C
name_1 93 45 A
first_name_1 138 30 A
source 168 60 A
ipi_name_1 228 11 C
ipi_base_1 239 13 C
name_2 252 45 A
first_name_2 297 30 A
ipi_name_2 327 11 C
ipi_base_2 338 13 C
work_number 351 14 A
"""

COM = """
title 20 60 A!
iswc 80 11 C
work_number 91 14 A
duration 105 6 T
name_1 111 45 A
first_name_1 156 30 A
ipi_name_1 186 11 C
name_2 197 45 A
first_name_2 242 30 A
ipi_name_2 272 11 C
ipi_base_1 283 13 C
ipi_base_2 296 13 C
"""

REC = """
released_on 20 8 D
constant_1 28 60 A
duration 88 6 T
constant_2 94 5 A
album_title 99 60 A
album_label 159 60 A
catalog_number 219 18 A
gtin 237 13 C
isrc 250 12 C
format 262 1 C
technique 263 1 C
media_type 264 3 C
title 267 60 A@
version_title 327 60 A@
artist 387 60 A@
label 447 60 A@
isrc_validity 507 20 C@
number 527 14 A@
"""

ORN = """
purpose 20 3 C
production_title 23 60 A
cd_identifier 83 15 A
cut_number 98 4 N
library 102 60 A
bltvr 162 1 C
filler 163 25 A
production_number 188 12 A
episode_title 200 60 A
episode_number 260 20 A
production_year 280 4 N
avi_society 284 3 N
avi_number 287 15 A
isan 302 26 A
eidr 328 21 A@
"""

INS = """
voices 20 3 N
instrumentation_type 23 3 C
instrumentation 26 50 A
"""

IND = """
instrument 20 3 C
players 23 3 N
"""

ARI = """
society 20 3 C
work_number 23 14 A
right 37 3 C
subject 40 2 C
text 42 160 A
"""

XRF = """
organization 20 3 C!
identifier 23 14 A!
identifier_type 37 1 C!
is_valid 38 1 C!
"""
