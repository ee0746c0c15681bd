"""What is said of a token, held against what the gates do; and nothing comes of the saying."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY

from accounts.errors import Refusal
from accounts.principals import Origin
from accounts.services import identification, refreshing
from accounts.services.explaining import verdicts
from accounts.services.explaining.verdicts import Explanation, Outcome, Verdict


def counts() -> dict[str, float]:
    """What is counted about tokens, by name and label."""
    counted = ("authservice_verifications", "authservice_refreshes", "authservice_audit_events")
    return {
        f"{sample.name} {sample.labels}": sample.value
        for metric in REGISTRY.collect()
        if metric.name in counted
        for sample in metric.samples
    }


def explained(token: str) -> Explanation:
    """Explained, with a look at what was asked of the database meanwhile."""
    before = counts()
    with CaptureQueriesContext(connection) as captured:
        explanation = verdicts.explain(token)
    assert [query["sql"] for query in captured.captured_queries if not query["sql"].startswith("SELECT")] == []
    assert counts() == before
    return explanation


def verdict(token: str) -> Verdict:
    return explained(token).verdict


def gates_code(token: str, explanation: Explanation) -> tuple[str, str]:
    """What the gate answers: its code and its sentence, both empty for a yes."""
    try:
        if explanation.kind.startswith("refresh"):
            refreshing.refresh(unverified_token=token, origin=Origin())
        else:
            identification.identify(token)
    except Refusal as refusal:
        return refusal.code, refusal.detail
    return "", ""


def assert_true_to_the_gate(token: str) -> Explanation:
    """The same code, a reason of its own, and never the token itself."""
    explanation = explained(token)
    given, (code, detail) = explanation.verdict, gates_code(token, explanation)
    assert (given.code, given.outcome) == (code, Outcome.REFUSED if code else Outcome.GOOD)
    assert given.sentence
    assert given.sentence != detail
    assert given.sentence.isascii()
    signature = token.rpartition(".")[2].strip("= ")
    assert len(signature) < 20 or signature not in repr(explanation)
    return explanation
