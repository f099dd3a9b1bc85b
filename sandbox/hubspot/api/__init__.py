"""The simulated HubSpot over HTTP."""
