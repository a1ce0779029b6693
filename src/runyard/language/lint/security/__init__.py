"""Rules about security: what somebody from outside could do with a workflow.

One file per rule. What several rules need lies in `sources` (which values outsiders choose), `taint` (where such
values flow), `scripts` (where code stands), `conditions`, `triggers` (who starts a workflow), `rights` (what its token
may do), `secret_use`, `uses` and `known_…` (what is known of public actions), `shell_text` (quoting in shell scripts),
`edits` and `into_env` (fixes).
"""

from __future__ import annotations

from runyard.language.lint.rule import Rule
from runyard.language.lint.security import (
    all_secrets,
    archived_action,
    bot_condition,
    cache_poisoning,
    credentials_in_artifact,
    dangerous_trigger,
    environment_injection,
    excessive_permissions,
    insecure_commands,
    printed_secret,
    remote_script,
    secret_in_script,
    secrets_inherit,
    self_hosted_runner,
    spoofable_condition,
    template_injection,
    trusted_publishing,
    unguarded_command,
    unmasked_secret,
    unpinned_image,
    unpinned_uses,
    unsound_contains,
    untrusted_artifact,
    untrusted_checkout,
    vulnerable_action,
)

RULES: tuple[Rule, ...] = (
    all_secrets.RULE,
    archived_action.RULE,
    bot_condition.RULE,
    cache_poisoning.RULE,
    credentials_in_artifact.RULE,
    dangerous_trigger.RULE,
    environment_injection.RULE,
    excessive_permissions.RULE,
    insecure_commands.RULE,
    printed_secret.RULE,
    remote_script.RULE,
    secret_in_script.RULE,
    secrets_inherit.RULE,
    self_hosted_runner.RULE,
    spoofable_condition.RULE,
    template_injection.RULE,
    trusted_publishing.RULE,
    unguarded_command.RULE,
    unmasked_secret.RULE,
    unpinned_image.RULE,
    unpinned_uses.RULE,
    unsound_contains.RULE,
    untrusted_artifact.RULE,
    untrusted_checkout.RULE,
    vulnerable_action.RULE,
)
"""In the order of their names."""
