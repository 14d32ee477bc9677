from crystext.embedded import *  # noqa: F403  (until the last importer has moved)
from crystext.embedded import mini, mini_table, MINI_SCHEMA, MINI_PROPERTIES
