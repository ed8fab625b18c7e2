"""A person who signs in, by mail address."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from pennywhistle.kernel.public_id import new_public_id


class UserManager(BaseUserManager["User"]):
    """Makes users; a mail address is kept in lower case, so that it is one person's."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:  # noqa: ANN401
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def operators(self) -> models.QuerySet[User]:
        """Those who may enter the office."""
        return self.filter(is_staff=True, is_active=True)


class User(AbstractBaseUser, PermissionsMixin):
    """A buyer, a supplier's member or an operator: what one may do follows from memberships."""

    email = models.EmailField(unique=True)
    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    name = models.CharField(max_length=120, blank=True)
    # Where the buyer lives: decides what may be sold to them. ISO 3166-1 alpha-2.
    country = models.CharField(max_length=2, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField()

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="users_user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def held_by(self, *, user: User) -> AccessTokenQuerySet:
        """This person's tokens that still open something, the newest first."""
        return self.filter(user=user, revoked_at__isnull=True).order_by("-id")


class AccessToken(models.Model):
    """With it a program of its owner reads what `scope` names; only its SHA-256 is kept."""

    class Scope(models.TextChoices):
        SHELF = "shelf"
        # What everybody may read, by limits of its own.
        CATALOG = "catalog"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    label = models.CharField(max_length=80)
    scope = models.CharField(max_length=20, choices=Scope)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(scope__in=["shelf", "catalog"]), name="users_access_token_scope"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} of {self.user}"
