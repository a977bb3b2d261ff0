from __future__ import annotations

from tests.fakes.console_answers import history, record, told
from tests.fakes.console_service import FakeService
from tests.unit.console.conftest import Draw
from tests.unit.console.said import click, said

SEARCH = "GET /api/v1/search"


def test_a_history_is_turned_page_by_page(service: FakeService, draw: Draw) -> None:
    service.says(SEARCH, history(20, "next-page"))
    service.says(SEARCH, history(20, "next-page"))
    service.says(SEARCH, history(3))
    page = draw("customer")
    page.text_input[0].set_value("CUS1").run()
    assert page.metric[0].value == "600.0"
    assert len(page.dataframe[0].value) == 20
    click(page, "Older")
    assert service.of(SEARCH)[-1].query == {"customer_id": "CUS1", "limit": "20", "cursor": "next-page"}
    assert "Predictions 21 to 23, the newest first" in said(page)
    assert [each.disabled for each in page.button if each.label == "Newer"] == [False]
    page.text_input[0].set_value("CUS2").run()
    assert service.of(SEARCH)[-1].query == {"customer_id": "CUS2", "limit": "20"}


def test_customers_without_history_are_told_apart(service: FakeService, draw: Draw) -> None:
    service.says(SEARCH, {**history(0), "found": False})
    service.says(SEARCH, history(0))
    page = draw("customer")
    page.text_input[0].set_value("CUS1").run()
    assert "does not know this customer" in said(page)
    page.text_input[0].set_value("CUS2").run()
    assert "has not scored it yet" in said(page)


def test_a_prediction_is_shown_with_its_reasons_and_what_would_have_changed_it(
    service: FakeService, draw: Draw
) -> None:
    service.says("GET /api/v1/predictions/pred_1", record(decision_in_force="refer"))
    service.says("GET /api/v1/predictions/pred_1/explanation", told())
    page = draw("customer")
    page.text_input[1].set_value("pred_1").run()
    assert not page.exception
    text = said(page)
    assert (
        "**Referred to a person.** A person decided so; computed was: Declined. 578.5 points, PD 8.04%, Poor." in text
    )
    assert "Had payment history been 0.9" in text
    assert page.text[0].value == "Your application was declined."


def test_an_erased_prediction_says_so_and_no_more(service: FakeService, draw: Draw) -> None:
    service.says("GET /api/v1/predictions/pred_1", {"erased": True, "timestamp": "2026-01-02T03:04:05Z"})
    page = draw("customer")
    page.text_input[1].set_value("pred_1").run()
    assert not page.exception
    assert "was erased" in said(page)


def test_outcomes_and_overrides_are_noted_and_read(service: FakeService, draw: Draw) -> None:
    noted = {"defaulted": True, "observed_on": "2026-02-01", "noted_at": "2026-02-02T00:00:00Z"}
    decided = {"decision": "refer", "user": "clerk", "reason": "letter", "noted_at": "2026-02-02T00:00:00Z"}
    service.says("GET /api/v1/predictions/pred_1", record(outcomes=[noted], overrides=[decided]))
    service.says("GET /api/v1/predictions/pred_1/explanation", told())
    service.says("POST /api/v1/predictions/pred_1/override", {"recorded": "now"})
    service.refuses("POST /api/v1/outcomes", 409, "The other outcome is held", detail="of this day")
    page = draw("customer")
    page.text_input[1].set_value("pred_1").run()
    assert "the customer **defaulted**" in said(page)
    assert "**Referred to a person** by clerk: letter" in said(page)
    next(each for each in page.text_input if each.label == "Reason").set_value("a letter")
    click(page, "Note the decision")
    sent = service.of("POST /api/v1/predictions/pred_1/override")[0].body
    assert sent == {"decision": "approve", "reason": "a letter", "user": ""}
    assert page.success[0].value == "Noted."
    click(page, "Note the outcome")
    body = service.of("POST /api/v1/outcomes")[0].body
    assert (body["prediction_id"], body["defaulted"]) == ("pred_1", False)
    assert "**The other outcome is held.** Of this day." in said(page)
