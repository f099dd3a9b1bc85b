"""What a Salesforce org stores: objects, fields, ids, values, and the tables that hold them."""
