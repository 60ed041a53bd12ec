"""People, the groups that an admin puts them in, and their sessions."""

import uuid
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audit.models import COMMAND_LINE, Action, Target
from audit.recording import record
from sessions.before_deletion import announce_deletion
from sessions.handles import LENGTH, candidates, digests_of, validate_form, wished_handle
from sessions.signing_keys.models import SigningKey  # noqa: F401 - Django finds it by this file
from sessions.spent_handles import SpentHandle
from web.shown import device, device_in_english


class UserManager(BaseUserManager["User"]):
    """Creates people who do not come through a provider."""

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """Make an admin with a password: the way in when no provider works (`createsuperuser`)."""
        user = self.model(username=username, is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            record(Action.ADMIN_GRANTED, COMMAND_LINE, Target.of(user))
        return user

    def free_handle(self, wished: str, *, is_contested: bool = False) -> str:
        """Return this handle, or one like it, that nobody has or had. This is one query."""
        wanted = candidates(wished, is_contested=is_contested)
        digests = {digest: handle for handle in wanted for digest in digests_of(handle)}
        spent = (
            SpentHandle.objects.using(self.db)
            .filter(digest__in=digests)
            .values_list("digest", flat=True)
        )
        held = self.filter(handle__in=wanted).values_list("handle", flat=True)
        taken = {
            digests.get(found, found)
            for found in held.union(spent.values_list("digest", flat=True), all=True)
        }
        return next((handle for handle in wanted if handle not in taken), wanted[-1])


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who may sign in. The primary key is the `sub` of every session JWT.

    People from a provider have no `username` and no password. `email` is the address that a
    provider named last, and proves nothing: proven addresses are `EmailAddress` rows.
    """

    id = models.UUIDField(_("ID"), primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(_("username"), max_length=150, unique=True, null=True, blank=True)
    email = models.EmailField(_("email address"), blank=True)
    handle = models.CharField(
        _("handle"),
        max_length=LENGTH,
        unique=True,
        validators=[validate_form],
        help_text=_(
            "The name by which apps know this person. If you change it, an app that goes by it "
            "takes this person for a new one. Nobody else gets the earlier one."
        ),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    picture = models.URLField(_("picture"), max_length=1000, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("admin"), default=False, help_text=_("Can open the admin."))
    is_superuser = models.BooleanField(
        _("all permissions"), default=False, help_text=_("Can see and change everything.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    # The groups of their `GroupMembership` rows, sorted: what reads the person reads them too
    given_groups = models.JSONField(default=list, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta(AbstractBaseUser.Meta, PermissionsMixin.Meta):
        abstract = False
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-date_joined", "-id"], name="person_joined"),
            # Admins and suspended people are few, so their indexes are small
            models.Index(
                fields=["-date_joined", "-id"],
                condition=models.Q(is_staff=True),
                name="admin_joined",
            ),
            models.Index(
                fields=["-date_joined", "-id"],
                condition=models.Q(is_active=False),
                name="suspended_joined",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or self.email or self.username or str(self.pk)

    def save(self, *args: Any, using: str | None = None, **kwargs: Any) -> None:
        """Save; give a handle to somebody new. Only an admin chooses a `username`."""
        if self._state.adding and not self.handle:
            texts, is_chosen = (self.username or "", self.email, self.name), bool(self.username)
            wished = wished_handle(*texts, may_be_reserved=is_chosen)
            self.handle = type(self).objects.db_manager(using).free_handle(wished)
        super().save(*args, using=using, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """End the sessions, so that every process refuses their JWTs; then delete the person.

        Nobody else gets the handle.
        """
        with transaction.atomic():
            for handle in User.objects.filter(pk=self.pk).values_list("handle", flat=True):
                SpentHandle.spend(handle)  # the present one: an admin may have changed it
            going_on = self.sessions.filter(revoked_at=None)
            going_on.update(revoked_at=timezone.now(), end=Session.End.REMOVED)
            announce_deletion(SocialAccount.objects.filter(user=self))
            return super().delete(*args, **kwargs)

    @property
    def audit_label(self) -> str:
        """Name and address, for a log that outlives this row."""
        name = self.display_name
        return f"{name} ({self.email})" if self.email and self.email != name else name

    get_short_name = __str__  # the name in the header of the admin

    @property
    def initials(self) -> str:
        """One or two letters to show where there is no picture."""
        words = self.display_name.split()
        return "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()

    @cached_property
    def proven_addresses(self) -> tuple[str, ...]:
        """The addresses that this person has proven, the primary one first."""
        addresses = EmailAddress.objects.filter(user_id=self.pk, verified=True)
        return tuple(addresses.order_by("-primary", "pk").values_list("email", flat=True))


class GroupMembership(models.Model):
    """A person is in a group because an admin has put them there (`sessions.groups`)."""

    id: Any
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    group = models.CharField(_("group"), max_length=60, db_index=True)
    given_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("group membership")
        verbose_name_plural = _("groups")
        default_permissions: ClassVar[tuple[str, ...]] = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "group"], name="one_membership")
        ]

    def __str__(self) -> str:
        return self.group


class Session(models.Model):
    """A browser or script that is signed in. The primary key is the `sid` of its session JWTs.

    It ends at `expires_at`, or when it has not been refreshed for SESSION_IDLE_LIFETIME seconds. It
    goes on when the same person signs in again in the same browser (`sessions.starting`).
    The row stays when the person is deleted: so every process learns that it has ended.
    """

    class Holder(models.TextChoices):
        """What holds its tokens."""

        BROWSER = "browser", _("Browser")
        SCRIPT = "script", _("Script")

    class End(models.TextChoices):
        """Why a session was revoked."""

        SIGNED_OUT = "signed_out", _("Signed out")
        REPLACED = "replaced", _("Replaced by a new session")
        ENDED_ELSEWHERE = "ended_elsewhere", _("Signed out from another session")
        ENDED_BY_ADMIN = "ended_by_admin", _("Signed out by an admin")
        SUSPENDED = "suspended", _("Person suspended")
        REMOVED = "removed", _("Person or provider removed")
        NO_LONGER_ALLOWED = "no_longer_allowed", _("No longer allowed by the access rules")
        MERGED = "merged", _("Person merged into another person")
        REPLAYED = "replayed", _("Refresh token reused")
        RESTORED = "restored", _("Restored from a backup")

    id = models.UUIDField(_("ID"), primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="sessions",
        verbose_name=_("person"),
    )
    # A slug; empty after a password
    provider = models.CharField(_("provider"), max_length=50, blank=True)
    account = models.BigIntegerField(null=True, blank=True)  # key of the one that vouched, if known
    holder = models.CharField(_("type"), max_length=10, choices=Holder, default=Holder.BROWSER)
    name = models.CharField(_("name"), max_length=100, blank=True)  # of a script, by its owner
    scope = models.CharField(max_length=100, default="openid")  # of a script: what its JWTs may say
    audience = models.JSONField(default=list, blank=True)  # of a script: who else accepts its JWTs
    user_agent = models.CharField(_("user agent"), max_length=200, blank=True)
    groups = models.JSONField(default=list, blank=True)  # granted by rules at the sign-in
    generation = models.PositiveIntegerField(_("times refreshed"), default=0)
    confirmed_generation = models.PositiveIntegerField(default=0)  # a JWT of it has been presented
    late_successors = models.PositiveSmallIntegerField(default=0)
    # Of the last sign-in; a process of an older version inserts rows without it
    first_generation = models.PositiveIntegerField(default=0, db_default=0)
    auth_time = models.DateTimeField(_("signed in"))
    refreshed_at = models.DateTimeField(_("last active"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True, db_index=True)
    end = models.CharField(max_length=20, choices=End, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(  # scripts are few, so it is small
                fields=["-expires_at", "-id"],
                condition=models.Q(holder="script"),
                name="script_session",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def person(self) -> User | None:
        """Return the person of the session, None if they have been deleted."""
        try:
            return self.user
        except User.DoesNotExist:
            return None

    @property
    def audit_label(self) -> str:
        """The name of a script, or the device of a browser."""
        return self.name or device_in_english(self.user_agent)

    @property
    def shown_name(self) -> str:
        """Return the same for a page."""
        return self.name or device(self.user_agent)
