"""The owner who gets tasks that nobody active can: the configuration's word for a person, found among the CRM's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rules.language.errors import nearest
from sync.errors import FallbackOwnerError

_SHORT_ID: Final = 15
_LONG_ID: Final = 18


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the CRM; *active* is None where the CRM does not say."""

    owner_id: str
    name: str | None
    email: str | None
    active: bool | None

    def __str__(self) -> str:
        """Return the person as messages name them."""
        return f"{self.name} ({self.owner_id})" if self.name else self.owner_id


def resolve(wanted: str | None, people: Sequence[Person]) -> str | None:
    """Return the id, as the CRM writes it, of the person that *wanted* names by id, e-mail or name.

    Raises:
        FallbackOwnerError: there is none, several, or one who is not active; the text says whom it may mean.
    """
    # Without people to compare with nothing is known to be wrong.
    if wanted is None or not people:
        return wanted
    matches = _matches(wanted, people)
    active = [person for person in matches if person.active is not False]
    if len(active) == 1:
        return active[0].owner_id
    raise FallbackOwnerError(_problem(wanted, matches, active, people))


def _matches(wanted: str, people: Sequence[Person]) -> list[Person]:
    """Return the people of that id, else of that e-mail, else of that name."""
    by_id = [person for person in people if _same_id(wanted, person.owner_id)]
    folded = _folded(wanted)
    by_mail = [person for person in people if person.email and _folded(person.email) == folded]
    return by_id or by_mail or [person for person in people if person.name and _folded(person.name) == folded]


def _same_id(wanted: str, owner_id: str) -> bool:
    # Setup pages of Salesforce show 15 characters, where case counts; the last three of 18 are a checksum of the case.
    if len(owner_id) == _LONG_ID and len(wanted) == _SHORT_ID:
        return wanted == owner_id[:_SHORT_ID]
    if len(owner_id) == len(wanted) == _LONG_ID:
        return wanted.casefold() == owner_id.casefold()
    return wanted == owner_id


def _problem(wanted: str, matches: Sequence[Person], active: Sequence[Person], people: Iterable[Person]) -> str:
    if active:
        return (
            f"fallback_owner = {wanted!r} is the name of {len(active)} people: "
            f"{', '.join(str(person) for person in active)}; name one by id or e-mail"
        )
    usable = [person for person in people if person.active is not False]
    named = {word: person for person in usable for word in (person.owner_id, person.email, person.name) if word}
    # Whoever left is best replaced by somebody of a name like theirs, as after a rehire.
    word = next((person.name for person in matches if person.name), wanted)
    close = nearest(word, named) or nearest(wanted, named)
    hint = f"; did you mean {named[close]}?" if close else "; set it to the id, e-mail or name of an active user"
    if matches:
        return f"fallback_owner = {wanted!r} is {matches[0]}, who is not active{hint}"
    return f"fallback_owner = {wanted!r} is no user of this CRM{hint}"


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
