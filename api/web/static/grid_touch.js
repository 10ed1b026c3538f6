// Dragging a cell with a finger: it is taken up by resting on it, since a finger that moves at once scrolls.
const REST_MS = 400;
const STILL_PX = 10; // as far as a resting finger may stray

/** Let fingers drag in `view`: `place(node)` is the cell at a node, `mark(node)` shows where it would be dropped, `drop(from, to)` does it. */
export function dragByFinger(view, { place, mark, drop }) {
  let from = null; // the cell taken up
  let resting = null;
  let start;
  const under = (event) => document.elementFromPoint(event.clientX, event.clientY);
  const end = () => { clearTimeout(resting); resting = null; from?.node.classList.remove('taken'); from = null; mark(null); };
  view.addEventListener('pointerdown', (event) => {
    end();
    const where = event.pointerType === 'touch' && place(event.target);
    if (!where) return;
    start = event;
    const node = event.target.closest('.cell');
    resting = setTimeout(() => { from = { where, node }; node.classList.add('taken'); navigator.vibrate?.(20); }, REST_MS);
  });
  view.addEventListener('pointermove', (event) => {
    if (from) { const node = under(event); mark(node && place(node) ? node.closest('.cell') : null); }
    else if (resting && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > STILL_PX) end();
  });
  view.addEventListener('pointerup', (event) => {
    const to = from && under(event) && place(under(event));
    const taken = from?.where;
    end();
    if (to) drop(taken, to);
  });
  view.addEventListener('pointercancel', end);
  view.addEventListener('touchmove', (event) => { if (from) event.preventDefault(); }, { passive: false }); // else it would scroll
  view.addEventListener('contextmenu', (event) => { if (from || resting) event.preventDefault(); });
}
