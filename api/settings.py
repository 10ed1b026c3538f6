"""What the service needs to know, read once at the edge and passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from api.intake import read_toml
from api.sentences import refusal
from escalation.ladder import Ladder, ladder_from_mapping
from forecaster.messages import Language

PREFIX = "HUAWU_"
WEBHOOK_KINDS = ("json", "wecom", "dingtalk")


@dataclass(frozen=True)
class Webhook:
    """Where order notifications go: a generic JSON receiver, a WeCom group robot or a DingTalk group robot.

    secret
        Key of the signature, for `json` (header `X-Huawu-Signature`) and `dingtalk` (query parameter `sign`).
    per_minute
        The most messages the receiver takes in a minute; more orders than that travel together in one message.
    """

    name: str
    url: str
    kind: str = "json"
    secret: str = ""
    queues: tuple[str, ...] = ()
    language: Language = "zh"
    per_minute: int = 20


@dataclass(frozen=True)
class Settings:
    """Everything `create_app` is told.

    database_url
        SQLAlchemy URL; a SQLite file by default.
    ladder, ladders
        The ladder of every queue, and of single queues that have their own.
    open_access
        True lets everybody on this machine in without a key: for the demo's loopback-only server alone.
    roster_seconds
        How often to look whether the published roster has somebody else on the floor.
    writer_threads
        Threads that write to the database in each process; SQLite takes one writer at a time anyway.
    """

    ladder: Ladder
    database_url: str = "sqlite:///huawu.db"
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    timezone: str = "Asia/Shanghai"
    open_access: bool = False
    tick_seconds: float = 1.0
    outbox_seconds: float = 0.5
    roster_seconds: float = 30.0
    writer_threads: int = 1
    max_body_bytes: int = 1_000_000
    webhooks: tuple[Webhook, ...] = ()
    delayed_after_seconds: float = 90.0

    def ladder_for(self, queue: str) -> Ladder:
        """Return the ladder of `queue`."""
        return self.ladders.get(queue, self.ladder)


def config_folder() -> Path:
    """Return the folder of the shipped configuration files."""
    return Path(__file__).resolve().parent.parent / "data" / "config"


def read_ladder(path: Path) -> Ladder:
    """Return the ladder in the TOML file `path`.

    Raises
    ------
    ValueError
        Naming the file and what is wrong with it.
    """
    return ladder_from_mapping(read_toml(path), source=str(path))


def shipped_ladder(profile: str = "recommended") -> Ladder:
    """Return the shipped ladder `recommended` or `literal`.

    Raises
    ------
    ValueError
        If there is no such profile.
    """
    path = config_folder() / f"ladder-{profile}.toml"
    if not path.is_file():
        found = sorted(one.stem.removeprefix("ladder-") for one in config_folder().glob("ladder-*.toml"))
        raise refusal("settings.profile", profile=profile, found=found)
    return read_ladder(path)


PLAIN: dict[str, type] = {
    "database_url": str,
    "timezone": str,
    "open_access": bool,
    "tick_seconds": float,
    "outbox_seconds": float,
    "roster_seconds": float,
    "writer_threads": int,
    "max_body_bytes": int,
    "delayed_after_seconds": float,
}


def settings_from(environ: Mapping[str, str], *, file: Path | None = None) -> Settings:
    """Return the settings in `file` (TOML), each overridden by the variable `HUAWU_<NAME>` of `environ`.

    The file may also have `profile`, `ladder` (a path beside it), `[ladders]` (queue = path) and `[[webhook]]` tables.

    Raises
    ------
    ValueError
        Naming the file or variable, the key and the value.
    """
    chosen = file or (Path(environ["HUAWU_SETTINGS"]) if environ.get("HUAWU_SETTINGS") else None)
    raw: dict[str, Any] = {}
    base = Path.cwd()
    if chosen is not None:
        raw = read_toml(chosen)
        base = chosen.parent
    known = {*PLAIN, "profile", "ladder", "ladders", "webhook"}
    for key in raw:
        if key not in known:
            raise refusal("settings.key", where=chosen, key=key, known=sorted(known))
    for key in (*PLAIN, "profile", "ladder"):
        if PREFIX + key.upper() in environ:
            raw[key] = environ[PREFIX + key.upper()]
    plain = {key: _typed(key, raw[key]) for key in PLAIN if key in raw}
    ladder = (
        read_ladder(base / str(raw["ladder"]))
        if raw.get("ladder")
        else shipped_ladder(raw.get("profile") or "recommended")
    )
    ladders = {str(queue): read_ladder(base / str(path)) for queue, path in dict(raw.get("ladders", {})).items()}
    webhooks = tuple(_webhook(one, place) for place, one in enumerate(raw.get("webhook", []), start=1))
    return replace(Settings(ladder=ladder, ladders=ladders, webhooks=webhooks), **plain)


def _typed(key: str, value: Any) -> Any:
    wanted = PLAIN[key]
    if wanted is bool:
        word = str(value).strip().lower()
        if word not in ("1", "0", "true", "false", "yes", "no"):
            raise refusal("settings.flag", key=key, value=value)
        return word in ("1", "true", "yes")
    try:
        typed = wanted(value)
    except (TypeError, ValueError) as error:
        raise refusal("settings.type", key=key, value=value, kind=wanted.__name__) from error
    if wanted in (int, float) and typed <= 0:
        raise refusal("settings.positive", key=key, value=value)
    return typed


def _webhook(raw: Any, place: int) -> Webhook:
    where = f"webhook {place}"
    if not isinstance(raw, Mapping):
        raise refusal("webhook.table", where=where)
    known = {one.name for one in fields(Webhook)}
    for key in raw:
        if key not in known:
            raise refusal("settings.key", where=where, key=key, known=sorted(known))
    if not raw.get("name") or not str(raw.get("url", "")).startswith(("http://", "https://")):
        raise refusal("webhook.url", where=where)
    if raw.get("kind", "json") not in WEBHOOK_KINDS:
        raise refusal("webhook.kind", where=where, kind=raw["kind"], known=WEBHOOK_KINDS)
    return Webhook(**{**raw, "queues": tuple(raw.get("queues", ()))})
