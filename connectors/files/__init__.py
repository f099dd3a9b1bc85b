"""A folder of CSV or Parquet exports as a connection."""
