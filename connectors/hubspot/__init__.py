"""HubSpot as a connector."""
