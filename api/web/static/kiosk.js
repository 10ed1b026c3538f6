// The wall: the whole screen in letters for ten metres, awake, turning by itself between many queues, new after an upgrade.
import { call, find } from './page.js';

const TURN_SECONDS = 15;
const BUILD_SECONDS = 60;

/**
 * Wire the button that makes this screen a wall, or begin as one (`?wall=1`).
 *
 * `onTurn()` brings the worst queue to the front and says whether there are several; `onLook()` draws anew; a new build is
 * fetched only while the link is good.
 */
export function kiosk({ isLive, onLook, onTurn }) {
  const button = find('#wall');
  const root = document.body;
  let lock;
  let build;

  async function stayAwake() {
    try { lock = await navigator.wakeLock?.request('screen'); } catch { /* a browser without it, or a page in the background */ }
  }

  function set(on) {
    root.classList.toggle('kiosk', on);
    root.dataset.turn = 'queue';
    button.setAttribute('aria-pressed', String(on));
    if (on) stayAwake();
    else { lock?.release(); lock = undefined; }
    onLook();
  }

  button.addEventListener('click', () => {
    const on = !root.classList.contains('kiosk');
    set(on);
    if (on) document.documentElement.requestFullscreen?.().catch(() => { /* the wall does without */ });
    else if (document.fullscreenElement) document.exitFullscreen();
  });
  document.addEventListener('fullscreenchange', () => { if (!document.fullscreenElement && root.classList.contains('kiosk')) set(false); });
  document.addEventListener('visibilitychange', () => { if (!document.hidden && root.classList.contains('kiosk')) stayAwake(); });
  setInterval(() => {
    if (!root.classList.contains('kiosk')) return;
    const several = onTurn();
    root.dataset.turn = several && root.dataset.turn === 'queue' ? 'queues' : 'queue';
    onLook();
  }, TURN_SECONDS * 1000);
  setInterval(async () => {
    if (!root.classList.contains('kiosk') || !isLive()) return;
    try {
      const now = (await call('/static/build.json')).build;
      if (build && now !== build) location.reload();
      build = now;
    } catch { /* asked again in a minute */ }
  }, BUILD_SECONDS * 1000);
  if (new URLSearchParams(location.search).get('wall') === '1') set(true);
}
