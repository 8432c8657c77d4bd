import type { CompareData } from './compare-data.ts';
import { html, jsonData, text, textElement } from './markup.ts';
import type { ReportModel } from './report-model.ts';
import { targetClass } from './theme.ts';

/** The form above the charts: which targets, caches, layers and directories to show. Empty where there is nothing to choose. */
export function filterForm({ runs, labels }: ReportModel): string {
  if (labels.length === 0) return '';
  const factor = (
    pick: (of: ReportModel['runs'][number]['factors']) => readonly (string | number)[],
  ): (string | number)[] => [...new Set(runs.flatMap(({ factors }) => pick(factors)))];
  const numbers = (pick: (of: ReportModel['runs'][number]['factors']) => readonly number[]): (string | number)[] =>
    factor(pick).toSorted((a, b) => Number(a) - Number(b));
  return html('form', { class: 'filter', 'aria-label': 'What to show' }, [
    html('div', { class: 'row' }, [
      facetSelect(
        'cache',
        'Caches',
        factor(({ caches }) => caches),
      ),
      facetSelect(
        'layers',
        'Layers',
        numbers(({ layers }) => layers),
      ),
      facetSelect(
        'directories',
        'Directories',
        numbers(({ directories }) => directories),
      ),
      textElement('button', 'Show all', { type: 'reset' }),
      textElement('span', '', { id: 'shown', class: 'quiet', role: 'status' }),
    ]),
    html('details', { class: 'targets', open: true }, [
      textElement('summary', 'Targets'),
      html(
        'div',
        { class: 'boxes' },
        drivers(runs).map(([driver, targets]) => driverBoxes(driver, targets, labels)),
      ),
    ]),
  ]);
}

function drivers(runs: ReportModel['runs']): [driver: string, labels: string[]][] {
  const found = new Map<string, Set<string>>();
  for (const { driver, label } of runs.flatMap(({ result }) => result.targets)) {
    found.set(driver, (found.get(driver) ?? new Set()).add(label));
  }
  return [...found].map(([driver, labels]) => [driver, [...labels]]);
}

function driverBoxes(driver: string, targets: readonly string[], labels: readonly string[]): string {
  const box = (name: 'driver' | 'target', value: string | number, shown: string, swatch: string): string =>
    html('label', {}, [
      html('input', { type: 'checkbox', name, value, checked: true, autocomplete: 'off' }),
      swatch,
      text(shown),
    ]);
  return html('fieldset', {}, [
    html('legend', {}, [targets.length > 1 ? box('driver', driver, driver, '') : text(driver)]),
    ...targets.map((label) => {
      const index = labels.indexOf(label);
      return box('target', index, label, html('span', { class: `swatch ${targetClass(index)}` }));
    }),
  ]);
}

/** A choice for a factor of the grid; nothing where it has but one value. */
function facetSelect(name: string, title: string, values: readonly (string | number)[]): string {
  if (values.length < 2) return '';
  const options = [
    textElement('option', 'all', { value: '' }),
    ...values.map((value) => textElement('option', String(value), { value })),
  ];
  return html('label', {}, [text(`${title} `), html('select', { name, autocomplete: 'off' }, options)]);
}

/** Two targets side by side; the page's script fills it. */
export function compareMarkup(data: CompareData): string {
  const choice = (id: string, title: string, chosen: number): string => {
    const options = data.sides.map(({ name }, index) =>
      textElement('option', name, { value: index, selected: index === chosen }),
    );
    return html('label', {}, [text(`${title} `), html('select', { id, autocomplete: 'off' }, options)]);
  };
  return [
    textElement(
      'p',
      'Any two targets, of one run or of two: same cases with same cases, rounds in pairs by their number. ' +
        'Ratios with 95 % intervals; a difference is called where chance is an unlikely reason, the number of tests considered.',
    ),
    html('p', { class: 'legend-off compare-choice' }, [
      choice('side-a', 'Put', 0),
      text(' '),
      choice('side-b', 'beside', 1),
      text(' '),
      textElement('button', 'Swap', { id: 'swap', type: 'button' }),
    ]),
    textElement(
      'noscript',
      'This part needs scripts to be allowed. `graphdriver bench compare` does the same in a terminal.',
    ),
    html('div', { id: 'comparison' }),
    jsonData('compare-data', data),
  ].join('');
}
