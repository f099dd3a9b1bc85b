"""HubSpot records as canonical rows."""
