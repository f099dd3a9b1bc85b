"""The Salesforce REST, SOAP and OAuth endpoints."""
