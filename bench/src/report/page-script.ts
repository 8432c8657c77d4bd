/**
 * The page's program: filter, comparison, theme. It runs in a browser and knows the page by its attributes alone.
 *
 * What it writes is text and never markup, because names come from other people's files.
 */
export const PAGE_SCRIPT: string = `'use strict';
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const FACETS = ['cache', 'layers', 'directories'];
  const filter = one('form.filter');

  const theme = one('#theme');
  const remembered = () => { try { return localStorage.getItem('graphdriver-theme'); } catch { return null; } };
  const remember = (value) => { try { localStorage.setItem('graphdriver-theme', value); } catch { /* Files may have no storage. */ } };
  const wear = (value) => {
    if (value === 'light' || value === 'dark') document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
  };
  theme.value = remembered() ?? 'system';
  if (theme.selectedIndex < 0) theme.value = 'system';
  wear(theme.value);
  theme.addEventListener('change', () => { wear(theme.value); remember(theme.value); });

  /** Strips close up where one is hidden between them. */
  function closeUp(svg) {
    const row = Number(svg.dataset.row);
    let shown = 0;
    const strips = all(':scope > g[data-target]', svg);
    strips.forEach((strip, index) => {
      if (strip.classList.contains('off')) return;
      strip.setAttribute('transform', 'translate(0 ' + (shown - index) * row + ')');
      shown += 1;
    });
    const [, , width, height] = svg.dataset.box.split(' ').map(Number);
    const left = height - (strips.length - shown) * row;
    svg.setAttribute('viewBox', '0 0 ' + width + ' ' + left);
    for (const name of ['--wide', '--narrow']) svg.style.setProperty(name, width + ' / ' + left);
  }

  function applyFilter() {
    const targets = new Set(all('input[name=target]:checked', filter).map((box) => box.value));
    const chosen = FACETS.map((name) => [name, filter.elements[name]?.value ?? '']).filter(([, value]) => value !== '');
    for (const thing of all('main [data-target], main [data-cache], main [data-layers], main [data-directories]')) {
      const { target } = thing.dataset;
      const off = (target !== undefined && !targets.has(target)) ||
        chosen.some(([name, value]) => thing.dataset[name] !== undefined && thing.dataset[name] !== value);
      thing.classList.toggle('off', off);
    }
    for (const svg of all('svg[data-row]')) closeUp(svg);
    for (const figure of all('main figure')) {
      const faceted = all('.panel:not(.always)', figure);
      figure.classList.toggle('off', faceted.length > 0 && faceted.every((panel) => panel.classList.contains('off')));
    }
    for (const more of all('details.more')) {
      const shown = all('figure:not(.off)', more).length;
      more.classList.toggle('off', shown === 0);
      if (chosen.length > 0) more.open = shown > 0;
    }
    const boxes = all('input[name=target]', filter).length;
    const facets = chosen.map(([name, value]) => name + ' ' + value).join(', ');
    one('#shown').textContent = targets.size + ' of ' + boxes + ' targets' + (facets === '' ? '' : ', ' + facets);
    for (const box of all('input[name=driver]', filter)) {
      const own = all('input[name=target]', box.closest('fieldset'));
      box.checked = own.every(({ checked }) => checked);
      box.indeterminate = !box.checked && own.some(({ checked }) => checked);
    }
  }

  /** What a link leads to is not to lie under the filter, where that stays on top. */
  function keepClear() {
    const sticks = getComputedStyle(filter).position === 'sticky';
    document.documentElement.style.scrollPaddingTop = (sticks ? filter.offsetHeight : 0) + 12 + 'px';
  }

  if (filter) {
    filter.addEventListener('submit', (event) => event.preventDefault());
    filter.addEventListener('reset', () => setTimeout(applyFilter));
    filter.addEventListener('change', ({ target }) => {
      if (target.name === 'driver') for (const box of all('input[name=target]', target.closest('fieldset'))) box.checked = target.checked;
      applyFilter();
    });
    // Arrow keys walk through the boxes, so that many targets do not take as many tabs.
    filter.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step === undefined || event.target.type !== 'checkbox') return;
      const boxes = all('input[type=checkbox]', filter);
      boxes[(boxes.indexOf(event.target) + step + boxes.length) % boxes.length].focus();
      event.preventDefault();
    });
    one('.targets').open = matchMedia('(min-width: 701px)').matches;
    applyFilter();
    new ResizeObserver(keepClear).observe(filter);
  }

  const place = one('#comparison');
  if (!place) return;
  const { sides, pairs } = JSON.parse(one('#compare-data').textContent);
  const [left, right] = [one('#side-a'), one('#side-b')];
  const tag = (name, text = '', attributes = {}) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const time = (ns) => {
    if (ns === undefined) return '';
    const [size, unit] = ns < 1e3 ? [1, 'ns'] : ns < 1e6 ? [1e3, 'µs'] : ns < 1e9 ? [1e6, 'ms'] : [1e9, 's'];
    return Number((ns / size).toPrecision(3)) + ' ' + unit;
  };
  const TURNED = { slower: 'faster', faster: 'slower' };
  const turned = ([what, ratio, low, high, verdict, before, after]) =>
    [what, 1 / ratio, high === null ? 0 : 1 / high, high === null || low === 0 ? null : 1 / low, TURNED[verdict] ?? verdict, after, before];

  function bar(ratio, low, high, verdict) {
    const x = (value) => 4 + 172 * Math.min(1, Math.max(0, Math.log(value * 4) / Math.log(16)));
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    for (const [key, value] of Object.entries({ class: 'chart bar', viewBox: '0 0 180 16', width: 180, height: 16, 'aria-hidden': 'true' })) svg.setAttribute(key, value);
    const colour = { slower: 'worse', faster: 'better' }[verdict] ?? 'even';
    const [from, to] = high === null ? [x(ratio), x(ratio) + 1] : [x(low), Math.max(x(high), x(low) + 1)];
    for (const [shape, d] of [['rule', 'M4 8H176'], ['axis', 'M90 0V16'], ['span ' + colour, 'M' + from + ' 8H' + to], ['dot ' + colour, 'M' + x(ratio) + ' 8h0']]) {
      const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      path.setAttribute('class', shape);
      path.setAttribute('d', d);
      svg.append(path);
    }
    return svg;
  }

  function tableOf(caption, lines, [a, b], medians) {
    const scroll = tag('div', '', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption });
    const table = tag('table');
    const title = tag('caption');
    title.append(tag('span', caption));
    table.append(title);
    const head = tag('tr');
    const headings = ['operation', ...(medians ? [a, b] : []), 'second / first', 'verdict'];
    headings.forEach((heading, index) => head.append(tag('th', heading, { scope: 'col', class: index > 0 && index < headings.length - 1 ? 'right' : '' })));
    const body = tag('tbody');
    for (const [what, ratio, low, high, verdict, before, after] of lines) {
      const row = tag('tr');
      row.append(tag('th', what, { scope: 'row' }));
      if (medians) row.append(tag('td', time(before), { class: 'right' }), tag('td', time(after), { class: 'right' }));
      const text = ratio.toFixed(2) + (high === null ? ' [unknown]' : ' [' + low.toFixed(2) + ', ' + high.toFixed(2) + ']');
      const cell = tag('td', '', { class: 'right' });
      cell.append(tag('span', text), bar(ratio, low, high, verdict));
      row.append(cell, tag('td', verdict, { class: verdict }));
      body.append(row);
    }
    table.append(tag('thead'), body);
    table.querySelector('thead').append(head);
    scroll.append(table);
    return scroll;
  }

  /** Maps of both sides, copies of those above: the first figure that has both. */
  function mapsOf(chosen) {
    const found = chosen.map(({ run, target }) => one('#' + run + '-surfaces figure .panel[data-target="' + target + '"]'));
    if (found.some((panel) => !panel)) return [];
    const beside = tag('div', '', { class: 'sides' });
    found.forEach((panel, index) => {
      const copy = panel.cloneNode(true);
      copy.classList.remove('off');
      delete copy.dataset.target;
      if (chosen[0].run !== chosen[1].run) copy.prepend(tag('p', chosen[index].name, { class: 'subtitle' }));
      beside.append(copy);
    });
    return [beside];
  }

  function compare() {
    const [a, b] = [Number(left.value), Number(right.value)];
    const found = pairs[Math.min(a, b) + '-' + Math.max(a, b)];
    if (!found) return place.replaceChildren(tag('p', 'Choose two different targets.', { class: 'quiet' }));
    const turn = (lines) => (a < b ? lines : lines.map(turned));
    const chosen = [sides[a], sides[b]];
    const names = chosen.map(({ name }) => name);
    const differing = found.operations.filter((line) => line[4] === 'slower' || line[4] === 'faster').length;
    place.replaceChildren(
      tag('p', differing + ' of ' + found.operations.length + ' operations differ surely; left of the line ' + names[1] + ' is faster.', { role: 'status' }),
      ...mapsOf(chosen),
      tableOf('Operations over all common cases: ' + names[1] + ' over ' + names[0], turn(found.operations), names, false),
      tableOf('First writes and calls, case by case: ' + names[1] + ' over ' + names[0], turn(found.cases), names, true),
    );
  }
  for (const choice of [left, right]) choice.addEventListener('change', compare);
  one('#swap').addEventListener('click', () => { [left.value, right.value] = [right.value, left.value]; compare(); });
  compare();
})();
`;
