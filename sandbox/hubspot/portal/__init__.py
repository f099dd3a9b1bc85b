"""How a HubSpot portal behaves: objects, associations, search, merges, and what follows from each."""
