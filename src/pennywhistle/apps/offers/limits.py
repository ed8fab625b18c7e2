"""How many of everything an offer may have."""

codes_per_batch_max = 1_000
codes_per_campaign_max = 20_000
uses_max = 1_000_000
# In one cart or purchase.
codes_used_max = 5
releases_listed_max = 500
# As many as fit into a cart with room to spare.
releases_in_bundle_max = 100
bundles_per_supplier_max = 200
campaigns_per_supplier_max = 500
