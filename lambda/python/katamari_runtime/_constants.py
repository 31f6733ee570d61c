"""What the constructs and the Python runtime agree on: the same as in lib/*/constants.ts, which a test compares."""

ENV_FUNCTION = "KATAMARI_FUNCTION"
ENV_RUN_TABLE = "KATAMARI_RUN_TABLE"
ENV_RUN_RETENTION_DAYS = "KATAMARI_RUN_RETENTION_DAYS"
ENV_OVERLAP_LIMIT = "KATAMARI_OVERLAP_LIMIT"
ENV_OVERLAP_SCOPE = "KATAMARI_OVERLAP_SCOPE"
ENV_LOCAL = "KATAMARI_LOCAL"
DEFAULT_RUN_RETENTION_DAYS = 30
DEADLINE_MARGIN_MS = 500
LEASE_GRACE_MS = 1_000
LEASE_SORT_KEY = "LEASE"

SCHEDULE_EVENT_SOURCE = "katamari.schedule"

ENV_EVENT_BUS = "KATAMARI_EVENT_BUS"
EVENT_NAME_MAX_LENGTH = 128
PUT_EVENTS_MAX_BYTES = 1_048_576
PUT_EVENTS_MAX_ENTRIES = 10

ENV_SHELL_SECRET_ARN = "KATAMARI_SHELL_SECRET_ARN"
SHELL_EVENT_KEY = "katamari:shell"
SHELL_TEXT_MAX_LENGTH = 500_000


def run_partition(function_name: str) -> str:
    return f"RUN#{function_name}"


def lease_partition(function_name: str) -> str:
    return f"LEASE#{function_name}"
