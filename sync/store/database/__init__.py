"""The database: both backends, schema, lease, migrations."""
