"""The CRMs as canonical tables in and writes out; knows nothing of rules or cycles."""
