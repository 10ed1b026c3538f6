"""The service a site asks for, from its file to the seats."""

import pandas as pd
import pytest

from api.inputs import read_calendar, read_catalogue
from api.intake import InputError
from api.site import CONFIG, read_site, requirement_of
from forecaster.queueing.erlang import service_level

SITE = """
[site]
queue = "hotline"
timezone = "Asia/Shanghai"
interval_minutes = 60
seat_limit = 100
[service]
level = 0.8
answer_within_seconds = 20
{more}
[handling]
aht_seconds = 240
"""


def site_with(tmp_path, more):
    path = tmp_path / "site.toml"
    path.write_text(SITE.format(more=more), encoding="utf-8")
    return read_site(path)


def forecast():
    index = pd.date_range("2026-12-01", periods=3, freq="h", tz="Asia/Shanghai", name="interval_start")
    frame = pd.DataFrame({"calls": [60.0, 300.0, 150.0], "aht_seconds": 240.0}, index=index)
    return frame.assign(calls_lower_80=frame["calls"] * 0.8, calls_upper_80=frame["calls"] * 1.2)


def test_every_limit_in_the_file_reaches_the_seats(tmp_path):
    plain = requirement_of(forecast(), site_with(tmp_path, ""))
    patient = requirement_of(forecast(), site_with(tmp_path, "patience_seconds = 90"))
    assert (patient["seats_required"] < plain["seats_required"]).all()
    promised = service_level(
        patient["seats_required"],
        offered_load_erlangs=patient["calls"] * 240 / 3600,
        aht_seconds=240.0,
        answer_within_seconds=20.0,
        patience_seconds=90.0,
    )
    assert patient["service_level"].to_numpy() == pytest.approx(promised.to_numpy())
    for stricter in ("max_mean_wait_seconds = 0.5", "minimum_seats = 40", "quantile = 0.9", "max_occupancy = 0.5"):
        need = requirement_of(forecast(), site_with(tmp_path, stricter))
        assert need["seats_required"].sum() > plain["seats_required"].sum(), stricter
    lagged = requirement_of(forecast(), site_with(tmp_path, 'staffing = "lagged"'))
    assert lagged["offered_load_erlangs"].iloc[1] < plain["offered_load_erlangs"].iloc[1]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("patience_seconds = 0", "patience_seconds .* got 0"),
        ("max_abandonment = 0.05", "needs patience_seconds"),
        ('definition = "connected"', "definition must be one of"),
        ('staffing = "magic"', "service.staffing must be one of .* got 'magic'"),
        ("quantile = 1.5", "service.quantile must be .* got 1.5"),
        ("patiense = 3", "patiense"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_file(tmp_path, more, message):
    with pytest.raises(InputError, match=message) as failure:
        site_with(tmp_path, more)
    assert "site.toml" in str(failure.value)


def test_the_sites_own_folder_stands_before_the_shipped_files(tmp_path, monkeypatch):
    shipped = read_site()
    monkeypatch.setenv("HUAWU_CONFIG", str(tmp_path))
    assert read_site() == shipped
    assert read_catalogue() == read_catalogue(CONFIG / "shifts.toml")
    assert not read_calendar("CN", range(2026, 2027)).billing_days
    own = site_with(tmp_path, "")
    shifts = '[[family]]\ncode = "OWN"\nstarts = ["08:00"]\nlengths_minutes = [480]\nmeal_minutes = 60\n'
    (tmp_path / "shifts.toml").write_text(shifts + "meal_window_minutes = [180, 240]\n", encoding="utf-8")
    (tmp_path / "calendar.toml").write_text("billing_days = [3]\n", encoding="utf-8")
    assert read_site() == own != shipped
    assert [shift.code for shift in read_catalogue()] == ["OWN"]
    assert read_calendar("CN", range(2026, 2027)).billing_days == (3,)
