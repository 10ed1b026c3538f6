// A tone for a new order, off until somebody asks for it.
import { find, recall, remember, t } from './page.js';

let context;
let heard = new Set();
const on = () => recall('sound') === 'on';

export function soundButton() {
  const button = find('#sound');
  const show = () => {
    button.setAttribute('aria-pressed', String(on()));
    find('use', button).setAttribute('href', `/static/icons.svg#${on() ? 'sound' : 'silent'}`);
    button.setAttribute('aria-label', t(on() ? 'sound.on' : 'sound.off'));
    button.title = t(on() ? 'sound.on' : 'sound.off');
  };
  button.addEventListener('click', () => {
    remember('sound', on() ? null : 'on');
    show();
    if (on()) tone(660);
  });
  show();
  return show;
}

function tone(hertz, after = 0) {
  try {
    context ??= new AudioContext();
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    const start = context.currentTime + after;
    oscillator.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.4);
  } catch { /* a browser without sound still shows the order */ }
}

/** Sound once for every order not heard yet; the orders that stand when the page opens are silent. */
export function hear(orders, first) {
  const fresh = orders.filter((order) => !heard.has(order.id));
  heard = new Set(orders.map((order) => order.id));
  if (first || !on() || !fresh.length) return;
  tone(660);
  tone(880, 0.3);
}
