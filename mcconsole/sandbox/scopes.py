"""The names of what an installed package may be allowed to do (API reference 1.6, observed)."""

from __future__ import annotations

from collections.abc import Iterable

SCOPES = (
    "accounts_read",
    "accounts_write",
    "approvals_read",
    "approvals_write",
    "audiences_read",
    "audiences_write",
    "automations_execute",
    "automations_read",
    "automations_write",
    "calendar_read",
    "calendar_write",
    "campaign_read",
    "campaign_write",
    "contact_bu_mapping_create",
    "contact_bu_mapping_delete",
    "contact_bu_mapping_update",
    "contact_bu_mapping_view",
    "data_extensions_read",
    "data_extensions_write",
    "deep_linking_asset_delete",
    "deep_linking_asset_read",
    "deep_linking_asset_write",
    "deep_linking_settings_read",
    "deep_linking_settings_write",
    "dfu_configure",
    "documents_and_images_read",
    "documents_and_images_write",
    "email_read",
    "email_send",
    "email_write",
    "event_notification_callback_create",
    "event_notification_callback_delete",
    "event_notification_callback_read",
    "event_notification_callback_update",
    "event_notification_subscription_create",
    "event_notification_subscription_delete",
    "event_notification_subscription_read",
    "event_notification_subscription_update",
    "file_locations_read",
    "file_locations_write",
    "journeys_aspr",
    "journeys_delete",
    "journeys_execute",
    "journeys_read",
    "journeys_write",
    "key_manage_revoke",
    "key_manage_rotate",
    "key_manage_view",
    "list_and_subscribers_read",
    "list_and_subscribers_write",
    "marketing_cloud_connect_read",
    "marketing_cloud_connect_send",
    "marketing_cloud_connect_write",
    "offline",
    "ott_channels_read",
    "ott_channels_write",
    "ott_chat_messaging_read",
    "ott_chat_messaging_send",
    "package_manager_deploy",
    "package_manager_package",
    "push_read",
    "push_send",
    "push_write",
    "saved_content_read",
    "saved_content_write",
    "sms_read",
    "sms_send",
    "sms_write",
    "social_post",
    "social_publish",
    "social_read",
    "social_write",
    "tags_read",
    "tags_write",
    "tracking_events_read",
    "tracking_events_write",
    "users_read",
    "users_write",
    "web_publish",
    "web_read",
    "web_write",
    "webhooks_read",
    "webhooks_write",
    "workflows_read",
    "workflows_write",
)
READ_SCOPES = tuple(scope for scope in SCOPES if scope.endswith(("_read", "_view")))
_BIT = {scope: 1 << position for position, scope in enumerate(SCOPES)}


def packed(scopes: Iterable[str]) -> str:
    """Write known scopes as a short hexadecimal number, which keeps tokens short."""
    return format(sum(_BIT[scope] for scope in set(scopes)), "x")


def unpacked(number: str) -> frozenset[str]:
    """Read what `packed` wrote."""
    bits = int(number, 16)
    return frozenset(scope for scope, bit in _BIT.items() if bits & bit)
