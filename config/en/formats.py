"""Times as the logs have them, with their zone: in the admin's lists and pages alike."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "Y-m-d H:i:s e"
SHORT_DATETIME_FORMAT = "Y-m-d H:i e"
