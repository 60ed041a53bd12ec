"""The field that a failure leads the admin to."""

import pytest
from django.test import Client

from diagnosis import DIAGNOSES
from diagnosis.fields import FIELDS
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db


def test_each_is_of_a_failure_and_stands_on_the_page(admin: Client) -> None:
    provider = add_provider()
    page = admin.get(f"/admin/providers/provider/{provider.pk}/change/").content.decode()
    assert FIELDS.keys() <= DIAGNOSES.keys()
    assert all(f'id="{field}"' in page for field in FIELDS.values())
