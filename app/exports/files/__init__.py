"""The file of an export: an archive of tables, recordings and a manifest, written as a stream."""
