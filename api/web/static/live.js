// News from the server: an event stream, and polling behind it whenever the stream is not there.
import { credentials } from './page.js';

const POLL_SECONDS = 2;
const RETRY_SECONDS = 1;
const FRESH_SECONDS = 3; // so long after the last good answer the screen still counts as true
const QUIET_SECONDS = 25; // a stream that says nothing for longer is taken for dead

/** Parse server-sent events out of a growing text; `onEvent` gets {event, data, id}. */
function eventParser(onEvent) {
  let rest = '';
  let event = { event: 'message', data: [], id: undefined };
  return (text) => {
    rest += text;
    const lines = rest.split(/\r\n|\n|\r/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (event.data.length) onEvent({ ...event, data: event.data.join('\n') });
        event = { event: 'message', data: [], id: undefined };
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'data') event.data.push(value);
      else if (field === 'event') event.event = value;
      else if (field === 'id') event.id = value;
    }
  };
}

/**
 * Keep `onState(state, serverNow)` supplied from `statePath`, told when to look by `streamPath`.
 *
 * `onLink` hears of every change between 'live', 'polling' and 'down': 'down' is that the last good answer is too old, whatever
 * the reason and whatever the stream does. Every state comes from the server as a whole: nothing is pieced together
 * here, so a missed event can never leave a wrong number on the wall.
 */
export function follow({ statePath, streamPath, onState, onLink, onRefused }) {
  const stop = new AbortController();
  let etag;
  let streaming = false;
  let failed = false; // the last look
  let goodAt = -Infinity; // of the last good answer, on a clock that nobody sets
  let told;
  let waiting = null;

  function link() {
    const state = performance.now() - goodAt > FRESH_SECONDS * 1000 ? 'down' : streaming ? 'live' : 'polling';
    if (state !== told) onLink(told = state);
  }

  function answered() {
    goodAt = performance.now();
    failed = false;
    link();
  }

  async function look() {
    try {
      const response = await fetch(statePath, {
        cache: 'no-store',
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(FRESH_SECONDS * 1000)]),
        headers: { Accept: 'application/json', ...credentials(), ...(etag ? { 'If-None-Match': etag } : {}) },
      });
      if (response.status === 401 || response.status === 403 || response.status === 404) {
        const body = await response.json().catch(() => ({}));
        answered();
        return onRefused(response.status, body);
      }
      if (response.status !== 304 && !response.ok) throw new Error(String(response.status));
      const serverNow = Date.parse(response.headers.get('Date')) || undefined;
      if (response.status !== 304) {
        etag = response.headers.get('ETag') || undefined;
        const state = await response.json();
        answered();
        onState(state, serverNow);
      } else {
        answered();
        onState(null, serverNow);
      }
    } catch {
      if (stop.signal.aborted) return undefined;
      failed = true;
    }
    return link();
  }

  async function poll() {
    while (!stop.signal.aborted) {
      await look();
      await new Promise((resolve) => { waiting = resolve; setTimeout(resolve, (failed ? RETRY_SECONDS : POLL_SECONDS) * 1000); });
    }
  }

  async function stream() {
    let lastId;
    let pause = 500;
    while (!stop.signal.aborted) {
      const dead = new AbortController();
      let quiet;
      const alive = () => { clearTimeout(quiet); quiet = setTimeout(() => dead.abort(), QUIET_SECONDS * 1000); };
      try {
        alive();
        const response = await fetch(streamPath, {
          cache: 'no-store',
          signal: AbortSignal.any([stop.signal, dead.signal]),
          headers: { Accept: 'text/event-stream', ...credentials(), ...(lastId ? { 'Last-Event-ID': lastId } : {}) },
        });
        if (!response.ok || !response.body) throw new Error(String(response.status));
        streaming = true;
        pause = 500;
        look();
        const parse = eventParser((event) => { lastId = event.id ?? lastId; look(); });
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          alive();
          parse(value);
        }
      } catch { /* the stream is gone: polling goes on, and the stream is tried again below */ }
      clearTimeout(quiet);
      streaming = false;
      if (stop.signal.aborted) return;
      look();
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, 8000);
    }
  }

  const watching = setInterval(link, 250);
  poll();
  if (streamPath) stream();
  const visible = () => { if (!document.hidden) waiting?.(); };
  document.addEventListener('visibilitychange', visible);
  return { look, stop: () => { stop.abort(); clearInterval(watching); document.removeEventListener('visibilitychange', visible); } };
}
