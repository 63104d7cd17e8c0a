"""The closest heading says what a name means."""

import pytest

from aftersales_api.kit import vocabulary


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Writes a vocabulary of one file and forgets the real one meanwhile."""

    def write(text):
        (tmp_path / "members").mkdir(exist_ok=True)
        (tmp_path / "members" / "trade.toml").write_text(text, "utf-8")
        monkeypatch.setattr(vocabulary, "FOLDER", tmp_path)
        _forget()

    yield write
    monkeypatch.undo()
    _forget()


def _forget():
    vocabulary.words.cache_clear()
    vocabulary._by_name.cache_clear()


def test_one_name_wins_over_several_and_over_patterns(told):
    told(
        """
        ["*"]
        status = "everywhere"
        ["Refund*"]
        status = "pattern"
        ["Refund*EventData"]
        status = "longer pattern"
        ["Refund Claim"]
        status = "several"
        [Refund]
        status = "one"
        """
    )
    said = {name: vocabulary.meaning("members", name, "status") for name in ("Refund", "Claim", "RefundLine", "Order")}
    assert said == {"Refund": "one", "Claim": "several", "RefundLine": "pattern", "Order": "everywhere"}
    assert vocabulary.meaning("members", "RefundDueEventData", "status") == "longer pattern"


def test_what_nobody_explains_means_nothing(told):
    told('[Refund]\nstatus = "one"\n')
    assert vocabulary.meaning("members", "Refund", "amount") is None
    assert vocabulary.meaning("members", "Claim", "status") is None


def test_a_name_that_is_explained_twice_as_closely_is_refused(told):
    told('["Refund Claim"]\nstatus = "one"\n["Refund Order"]\nstatus = "other"\n')
    with pytest.raises(LookupError, match=r"trade\.toml: status of Refund is explained twice"):
        vocabulary.words("members")
