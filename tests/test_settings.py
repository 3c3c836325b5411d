import pytest

from model.errors import GpcommentsError
from service.settings import load_settings


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("GPCOMMENTS_PORT", "9001")
    assert load_settings().port == 9001


@pytest.mark.parametrize(("name", "value"), [("PORT", "many"), ("PORT", "70000"), ("MAX_COMMENTS", "0")])
def test_a_bad_setting_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"GPCOMMENTS_{name}", value)
    with pytest.raises(GpcommentsError, match=f"^GPCOMMENTS_{name}: Input should be"):
        load_settings()
