"""Adding a passkey or security key, in the store's words."""

from __future__ import annotations

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """allauth's, but a passkey unless somebody wants less."""

    name = forms.CharField(
        label=_("What you call it"), required=False, widget=forms.TextInput(attrs={"maxlength": 60})
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone (passkey)"),
        required=False,
        initial=True,
        help_text=_("Without this it is a second step after the password (security key)."),
    )
