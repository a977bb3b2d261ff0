"""What the cards of the applications' models say: whose they are, what they are for, what they are not for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Words:
    """A card's own sentences; everything measured is on it besides."""

    purpose: str
    owner: str
    intended_use: str
    not_for: tuple[str, ...]


LOAN: Final = "loan"
HOME_CREDIT: Final = "home_credit"
CREDIT_DESK: Final = "credit_desk"
ELSEWHERE: Final = "Applicants of another lender or country, or other products, before it is validated on them."
WORDS: Final[Mapping[str, Words]] = {
    LOAN: Words(
        purpose="Estimates the probability that a loan applicant defaults, for the loan desk.",
        owner="Loan desk",
        intended_use="One of the grounds of a decision on a loan application, with its reasons given to the applicant.",
        not_for=(ELSEWHERE, "A refusal that nobody looks at."),
    ),
    HOME_CREDIT: Words(
        purpose="Estimates the probability of payment difficulties from a Home Credit application, for the mobile app.",
        owner="Mobile app",
        intended_use="A first answer to an applicant in the app, as int((1 - PD) x 900) points.",
        not_for=(ELSEWHERE, "A final refusal: the app's answer is a first one."),
    ),
    CREDIT_DESK: Words(
        purpose="Estimates the probability of payment difficulties from a Home Credit application, for a credit desk "
        "that weighs a default that was granted against a good customer who was refused.",
        owner="Credit desk",
        intended_use="A credit officer's second opinion, at the threshold of the least cost that its card names.",
        not_for=(ELSEWHERE, "A refusal that nobody looks at."),
    ),
}
