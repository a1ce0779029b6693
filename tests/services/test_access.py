"""Who may do what with a repository."""

from __future__ import annotations

import itertools

import pytest

from runyard.services.access import actor_of, may_read, may_write, require_admin, require_user
from runyard.services.errors import Forbidden, Unauthenticated
from runyard.services.identity import Anonymous, Identity, TaskIdentity, UserIdentity
from runyard.store.repositories import Repository
from runyard.store.users import User

ADA, BOB = (
    User(id=i, kind="user", name=name, email="", is_admin=False, created=0) for i, name in ((1, "ada"), (2, "bob"))
)
ROOT = User(id=3, kind="user", name="root", email="", is_admin=True, created=0)
JOB, OTHER_JOB = TaskIdentity(1, 7, 1), TaskIdentity(2, 8, 2)


def repository(private: bool) -> Repository:
    """Ada's repository number 7."""
    return Repository(7, 1, "ada", "hello", private, "", "main", 0)


@pytest.mark.parametrize(
    ("identity", "reads_private", "writes"),
    [
        (Anonymous(), False, False),
        (UserIdentity(BOB), False, False),
        (UserIdentity(ADA), True, True),
        (UserIdentity(ROOT), True, True),
        (JOB, True, True),
        (OTHER_JOB, False, False),
        (UserIdentity(ADA, ("all",)), True, True),
        (UserIdentity(ADA, ("write:repository",)), True, True),
        (UserIdentity(ADA, ("read:repository",)), True, False),
        (UserIdentity(ADA, ("write:user",)), False, False),
    ],
)
def test_reading_and_writing(identity: Identity, reads_private: bool, writes: bool) -> None:
    assert may_read(identity, repository(private=True)) is reads_private
    assert may_read(identity, repository(private=False)) is (identity != UserIdentity(ADA, ("write:user",)))
    assert [may_write(identity, repository(private)) for private in (True, False)] == [writes, writes]


def test_who_may_write_may_read() -> None:
    scopes = itertools.chain([()], itertools.combinations(("read:repository", "write:repository", "write:user"), 1))
    for chosen, user, private in itertools.product(scopes, (ADA, BOB, ROOT), (True, False)):
        identity = UserIdentity(user, chosen)
        assert may_read(identity, repository(private)) or not may_write(identity, repository(private))


def test_users_and_administrators() -> None:
    assert require_user(UserIdentity(ADA)) == ADA
    assert require_admin(UserIdentity(ROOT)) == ROOT
    for identity in (Anonymous(), JOB):
        with pytest.raises(Unauthenticated):
            require_user(identity)
    for limited in (UserIdentity(ADA, ("read:repository",)), UserIdentity(ADA, ("write:repository",))):
        with pytest.raises(Forbidden):
            require_user(limited)
    with pytest.raises(Forbidden):
        require_user(UserIdentity(ADA, ("read:user",)), write=True)
    for refused in (UserIdentity(ADA), UserIdentity(ROOT, ("write:user",))):
        with pytest.raises(Forbidden):
            require_admin(refused)


def test_the_name_of_a_cause() -> None:
    assert actor_of(UserIdentity(ADA)).name == "ada"
    assert actor_of(JOB).name == "runyard-actions[bot]"
    with pytest.raises(Unauthenticated):
        actor_of(Anonymous())
