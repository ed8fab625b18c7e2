"""What a fingerprint and an index may be at most, and the scales that their numbers have."""

sample_rate_hz_min, sample_rate_hz_max = 8_000, 384_000
duration_s_max = 24 * 3_600

# A fingerprint's instants are whole hundredths of a second; its pitches sixteenths of a quarter
# of a semitone (768 to the octave) above 250 Hz, over four octaves.
ticks_per_s = 100
pitch_steps_per_octave = 768
pitch_steps = 4 * pitch_steps_per_octave
pitch_low_hz = 250.0
# Local maxima within 0.56 s and an eighth of the frequency: 8 a second in music, never 40.
peaks_per_s_max = 40

# Slower and faster copies that are looked for: the copy's seconds for each of the original's.
speeds = (1.0, 0.99, 1.01, 0.98, 1.02)

track_id_max = 2**63 - 1
candidates_max = 20
votes_min = 2
# A posting is a place on the timeline of its segment, which counts tenths of a second in 32 bits:
# 1.79 million tracks of four minutes.
timeline_max = 2**32 - 1
places_per_s = 10
places_per_track_max = duration_s_max * places_per_s
postings_per_key_max = 20_000
# What the log holds before it becomes a segment, and how many segments of a size are merged.
log_tracks_max = 1_024
log_postings_max = 2_000_000
segments_merged = 8
# Segments up to this are merged while adding, which takes seconds; larger ones by `merge`.
merged_while_adding_tracks_max = 8 * log_tracks_max
# Postings that are merged at a time: 200 MB of memory, whatever the size of the segments.
postings_per_stretch = 4_000_000
