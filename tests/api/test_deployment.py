"""What is shipped to run the service for good is whole: every file it names is there, every setting is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from api.settings import PLAIN_SETTINGS, settings_from
from api.site import CONFIG

FOLDER = CONFIG / "deployment"
ROOT = CONFIG.parents[1]
VARIABLES = {f"HUAWU_{name.upper()}" for name in PLAIN_SETTINGS} | {"HUAWU_SETTINGS"}


@pytest.fixture
def services():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))


def test_every_variable_that_is_set_is_a_setting():
    for name in ("Containerfile", "compose.yaml", "huawu.service"):
        found = set(re.findall(r"HUAWU_[A-Z_]+", (FOLDER / name).read_text(encoding="utf-8")))
        assert found, name
        assert found <= VARIABLES, name


def test_the_settings_that_are_shipped_are_taken():
    assert settings_from({}, file=FOLDER / "huawu.toml").queues == ("hotline",)


def test_every_file_that_compose_mounts_is_there(services):
    mounted = [volume for one in services["services"].values() for volume in one.get("volumes", [])]
    files = [volume.split(":")[0] for volume in mounted if volume.startswith(".")]
    assert len(files) >= 6
    for file in files:
        assert (FOLDER / file).is_file(), file
    built = services["services"]["huawu"]["build"]
    context = (FOLDER / built["context"]).resolve()
    assert context == ROOT
    assert (context / built["dockerfile"]).is_file()


def test_every_secret_and_volume_is_declared_and_no_secret_is_in_a_file(services):
    for one in services["services"].values():
        assert set(one.get("secrets", [])) <= set(services["secrets"])
        named = {volume.split(":")[0] for volume in one.get("volumes", []) if not volume.startswith(".")}
        assert named <= set(services["volumes"])
    assert not [secret["file"] for secret in services["secrets"].values() if (FOLDER / secret["file"]).exists()]


def test_the_password_reaches_the_service_in_its_database_url(services, tmp_path):
    """What compose runs is run here by a shell, with a program that says what it was given."""
    one = services["services"]["huawu"]
    script, *arguments = [str(part).replace("$$", "$") for part in one["command"]]
    (tmp_path / "password").write_text("s3cret")
    script = script.replace("/run/secrets/database_password", str(tmp_path / "password"))
    said = tmp_path / "huawu"
    said.write_text('#!/bin/sh\nprintf "%s|%s" "$HUAWU_DATABASE_URL" "$*"\n')
    said.chmod(0o755)
    run = subprocess.run(
        [*one["entrypoint"], script, *arguments],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    url, _, command = run.stdout.partition("|")
    assert url == "postgresql://huawu:s3cret@database/huawu"
    assert command == "serve --host 0.0.0.0 --port 8000"


def test_prometheus_takes_its_configuration(tmp_path, program):
    text = (FOLDER / "prometheus.yml").read_text(encoding="utf-8").replace("/run/secrets", str(tmp_path))
    (tmp_path / "metrics_key").write_text("hw_key")
    (tmp_path / "prometheus.yml").write_text(text)
    shutil.copy(FOLDER.parent / "monitoring" / "huawu-alerts.yml", tmp_path)
    command = [program("promtool"), "check", "config", tmp_path / "prometheus.yml"]
    run = subprocess.run(command, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_unit(tmp_path):
    program = tmp_path / "huawu"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = (FOLDER / "huawu.service").read_text(encoding="utf-8").replace("/opt/huawu/bin/huawu", str(program))
    unit = tmp_path / "huawu.service"
    unit.write_text(text)
    run = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "huawu.service" not in run.stderr, run.stderr


def test_every_way_to_run_it_for_good_is_told_of():
    told = (ROOT / "docs" / "surge.md").read_text(encoding="utf-8")
    for file in ("huawu.service", "Containerfile", "compose.yaml"):
        assert (FOLDER / file).is_file()
        assert file in told


def test_grafana_shows_the_dashboard_that_is_shipped(services):
    folder = yaml.safe_load((FOLDER / "grafana" / "dashboards.yml").read_text())["providers"][0]["options"]["path"]
    mounted = [volume.split(":")[1] for volume in services["services"]["grafana"]["volumes"]]
    assert str(Path(folder) / "huawu.json") in mounted
