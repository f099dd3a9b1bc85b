"""Planning: the wanted tasks and scores against what the CRM holds."""
