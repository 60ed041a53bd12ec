"""Dates and times of the admin: as in the logs, with the time zone. Django looks here first."""

DATE_FORMAT = "j. N Y"
DATETIME_FORMAT = "Y-m-d H:i:s e"
SHORT_DATETIME_FORMAT = "Y-m-d H:i e"
