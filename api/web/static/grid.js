// The roster as a grid of people × days. Only the rows in sight exist, and they are reused as the grid scrolls.
import { editCell } from './grid_edit.js';
import { dragByFinger } from './grid_touch.js';
import { el, t } from './page.js';

const ROW = 30; // pixels; the same as --row in planner.css
const SPARE = 6; // rows kept ready above and below
const SUMS = 210; // pixels of the sums beside each person; as --sums in planner.css

/**
 * A grid in `host`. `model()` gives {people: [{badge, role, note, codes, sums, cells: [{code, kind, marks}]}], days: [{label, sub, kind}],
 * sums: [heading], whole: how many rows there are unfiltered}. `onWrite([{person, day, code}])` is asked to write cells, `onSwap(from, to)` to exchange two, `onPaste(cells)`
 * to write what was pasted ([{person, day, text}]), `onUndo()` and `onRedo()`; `onSelect(cell)` hears of the focus.
 */
export function rosterGrid(host, { model, codes, onWrite, onSwap, onSelect, onPaste, onUndo, onRedo }) {
  const rows = new Map(); // row number → element
  const free = [];
  let at = { row: 0, column: 0 };
  let anchor = at; // the other corner of the range
  let dragged = null;
  const head = el('div', { class: 'grid-head', role: 'row', 'aria-rowindex': 1 });
  const body = el('div', { class: 'grid-body', role: 'rowgroup' });
  const view = el('div', { class: 'grid', role: 'grid', tabindex: -1, 'aria-multiselectable': 'true', 'aria-label': t('grid.label') }, head, body);
  host.replaceChildren(view);
  let seen = model();

  function build() {
    seen = model();
    view.setAttribute('aria-rowcount', seen.people.length + 1);
    view.setAttribute('aria-colcount', seen.days.length + seen.sums.length + 1);
    view.style.setProperty('--days', seen.days.length);
    fit();
    writeHead();
    body.style.height = `${seen.people.length * ROW}px`;
    view.style.setProperty('--whole', `${seen.whole * ROW + 80}px`);
    rows.forEach((row) => free.push(row));
    rows.clear();
    free.forEach((row) => row.remove());
    free.length = 0;
    show();
  }

  function writeHead() {
    head.replaceChildren(el('div', { class: 'corner', role: 'columnheader' }, t('head.badge')), ...seen.days.map((day) =>
      el('div', { class: 'day', role: 'columnheader', 'data-kind': day.kind, title: day.title || '' }, el('b', {}, day.label), el('span', {}, day.sub), day.note ? el('em', { 'data-short': day.short }, day.note) : null)), ...seen.sums.map((one) => el('div', { class: 'sum', role: 'columnheader', title: one.title }, one.label)));
  }

  /** The whole month in sight where the screen is wide enough; else as narrow as a code can be read. */
  function fit() {
    const who = parseFloat(getComputedStyle(view).getPropertyValue('--who'));
    const cell = Math.max(34, Math.min(64, Math.floor((view.clientWidth - who - SUMS - 2) / seen.days.length)));
    view.style.setProperty('--cell', `${cell}px`);
    // a badge that sticks to the edge is a layer of its own in every row: only where there is something to scroll past
    view.classList.toggle('fits', who + cell * seen.days.length + SUMS <= view.clientWidth);
  }

  function fresh() {
    const row = el('div', { class: 'grid-row', role: 'row' }, el('div', { class: 'who', role: 'rowheader' }),
      seen.days.map((_, column) => el('div', { class: 'cell', role: 'gridcell', tabindex: -1, draggable: 'true', 'data-column': column })),
      seen.sums.map(() => el('div', { class: 'sum', role: 'gridcell' })));
    body.append(row);
    return row;
  }

  function write(row, number) {
    const person = seen.people[number];
    row.dataset.row = number;
    row.setAttribute('aria-rowindex', number + 2);
    row.style.transform = `translateY(${number * ROW}px)`;
    row.firstChild.textContent = person.badge;
    row.firstChild.title = person.note || '';
    row.firstChild.dataset.role = person.role;
    row.dataset.group = person.group || '';
    for (let column = 0; column < seen.days.length; column += 1) {
      const cell = row.children[column + 1];
      const { code, kind, marks } = person.cells[column];
      if (cell.textContent !== code) cell.textContent = code;
      cell.dataset.kind = kind;
      cell.dataset.marks = marks || '';
      cell.tabIndex = number === at.row && column === at.column ? 0 : -1;
      cell.setAttribute('aria-selected', String(within(number, column)));
    }
    person.sums.forEach((one, n) => {
      const sum = row.children[seen.days.length + 1 + n];
      if (sum.textContent !== one.text) sum.textContent = one.text;
      sum.dataset.mood = one.mood || '';
    });
  }

  const spanned = () => ({ top: Math.min(at.row, anchor.row), bottom: Math.max(at.row, anchor.row), left: Math.min(at.column, anchor.column), right: Math.max(at.column, anchor.column) });

  function within(row, column) {
    const range = spanned();
    return row >= range.top && row <= range.bottom && column >= range.left && column <= range.right;
  }

  /** Every cell of the range, row by row. */
  function range() {
    const { top, bottom, left, right } = spanned();
    return Array.from({ length: bottom - top + 1 }, (_, r) => Array.from({ length: right - left + 1 }, (__, c) => ({ person: seen.people[top + r], day: left + c })));
  }

  const fillRange = (code) => onWrite(range().flat().filter(({ person, day }) => person.codes[day] !== code).map((one) => ({ ...one, code })));

  function show() {
    const first = Math.max(0, Math.floor((view.scrollTop - head.offsetHeight) / ROW) - SPARE);
    const last = Math.min(seen.people.length - 1, Math.ceil((view.scrollTop + view.clientHeight) / ROW) + SPARE);
    const holdsFocus = view.contains(document.activeElement) ? document.activeElement.closest('.grid-row') : null;
    for (const [number, row] of rows) {
      if ((number < first || number > last) && row !== holdsFocus) { rows.delete(number); free.push(row); }
    }
    for (let number = first; number <= last; number += 1) {
      if (rows.has(number)) continue;
      const row = free.pop() || fresh();
      write(row, number);
      rows.set(number, row);
    }
  }

  let asked = false;
  view.addEventListener('scroll', () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; show(); });
  }, { passive: true });
  new ResizeObserver(() => { fit(); show(); }).observe(view);

  const place = (node) => {
    const cell = node.closest?.('.cell');
    return cell && { row: Number(cell.parentNode.dataset.row), column: Number(cell.dataset.column) };
  };
  const cellAt = ({ row, column }) => rows.get(row)?.children[column + 1];

  function focus(next, { extend = false } = {}) {
    cellAt(at)?.setAttribute('tabindex', -1);
    at = { row: Math.min(seen.people.length - 1, Math.max(0, next.row)), column: Math.min(seen.days.length - 1, Math.max(0, next.column)) };
    const wide = anchor.row !== at.row || anchor.column !== at.column;
    if (!extend) anchor = at;
    const top = at.row * ROW;
    const room = view.clientHeight - head.offsetHeight;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW > view.scrollTop + room) view.scrollTop = top + ROW - room;
    show();
    if (wide) rows.forEach((row, number) => write(row, number));
    const cell = cellAt(at);
    cell.tabIndex = 0;
    cell.setAttribute('aria-selected', 'true');
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    onSelect?.({ person: seen.people[at.row], day: at.column });
  }

  function edit(start) {
    if (cellAt(at).classList.contains('editing')) return;
    const person = seen.people[at.row];
    const day = at.column;
    editCell({
      view, cell: cellAt(at), start, codes, value: person.codes[day],
      label: t('grid.edit', { badge: person.badge, day: seen.days[day].label }),
      take: (code, { all }) => { if (all) fillRange(code); else if (code !== person.codes[day]) onWrite([{ person, day, code }]); },
    });
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-20, 0], PageDown: [20, 0] };
  view.addEventListener('keydown', (event) => {
    if (event.target.tagName === 'INPUT') return;
    const step = STEPS[event.key];
    const extend = event.shiftKey;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (step) focus({ row: at.row + step[0], column: at.column + step[1] }, { extend });
    else if (event.key === 'Home') focus({ row: event.ctrlKey ? 0 : at.row, column: 0 }, { extend });
    else if (event.key === 'End') focus({ row: event.ctrlKey ? seen.people.length - 1 : at.row, column: seen.days.length - 1 }, { extend });
    else if (command && (key === 'y' || (key === 'z' && extend))) onRedo?.();
    else if (command && key === 'z') onUndo?.();
    else if (command && key === 'd') fillFrom('row');
    else if (command && key === 'r') fillFrom('column');
    else if (event.key === 'Escape') focus(at);
    else if (event.key === 'Enter' || event.key === 'F2') edit();
    else if (event.key === 'Delete' || event.key === 'Backspace') fillRange('');
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== ' ') edit(event.key);
    else return;
    event.preventDefault();
  });

  /** The range's first row (or column) into all of it, as Ctrl+D and Ctrl+R do in Excel. */
  function fillFrom(which) {
    const block = range();
    onWrite(block.flatMap((row, r) => row.map((one, c) => {
      const source = which === 'row' ? block[0][c] : block[r][0];
      return { ...one, code: source.person.codes[source.day] };
    })).filter(({ person, day, code }) => person.codes[day] !== code));
  }

  const holds = () => view.isConnected && view.contains(document.activeElement) && document.activeElement.tagName !== 'INPUT';
  function copy(event) {
    if (!holds()) { if (!view.isConnected) document.removeEventListener('copy', copy); return; }
    event.clipboardData.setData('text/plain', range().map((row) => row.map(({ person, day }) => person.codes[day]).join('\t')).join('\n'));
    event.preventDefault();
  }
  function paste(event) {
    if (!holds()) { if (!view.isConnected) document.removeEventListener('paste', paste); return; }
    event.preventDefault();
    const rows_ = event.clipboardData.getData('text/plain').replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n').map((line) => line.split('\t'));
    const { top, left } = spanned();
    const single = rows_.length === 1 && rows_[0].length === 1; // one value goes into the whole range
    onPaste?.(single ? range().flat().map((one) => ({ ...one, text: rows_[0][0] }))
      : rows_.flatMap((line, r) => line.map((text, c) => ({ person: seen.people[top + r], day: left + c, text }))).filter((one) => one.person && one.day < seen.days.length));
  }
  document.addEventListener('copy', copy);
  document.addEventListener('paste', paste);
  view.addEventListener('click', (event) => {
    const where = place(event.target);
    if (!where) return;
    const again = where.row === at.row && where.column === at.column && document.activeElement === cellAt(at);
    if (again && event.pointerType === 'touch') edit(); // a finger has no second button and no F2: it taps a chosen cell again
    else focus(where, { extend: event.shiftKey });
  });
  view.addEventListener('dblclick', (event) => { if (place(event.target)) edit(); });
  view.addEventListener('dragstart', (event) => {
    dragged = place(event.target);
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', event.target.textContent);
  });
  view.addEventListener('dragover', (event) => { if (dragged && place(event.target)) { event.preventDefault(); mark(event.target); } });
  view.addEventListener('dragend', () => { mark(null); dragged = null; });
  view.addEventListener('drop', (event) => {
    const to = place(event.target);
    mark(null);
    if (!dragged || !to) return;
    event.preventDefault();
    swap(dragged, to);
    dragged = null;
  });
  const swap = (from, to) => (from.row !== to.row || from.column !== to.column) && onSwap({ person: seen.people[from.row], day: from.column }, { person: seen.people[to.row], day: to.column });
  dragByFinger(view, { place, mark: (cell) => mark(cell), drop: swap });
  let marked = null;
  function mark(cell) {
    if (marked === cell) return;
    marked?.classList.remove('target');
    marked = cell;
    marked?.classList.add('target');
  }

  build();
  return {
    rebuild: build,
    /** Write again what is in sight, after the model's cells have changed. */
    refresh() { seen = model(); writeHead(); rows.forEach((row, number) => write(row, number)); },
    focus: (row, column) => focus({ row, column }),
    element: view,
  };
}
