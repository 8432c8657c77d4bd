import { createHash } from 'node:crypto';
import { figureHtml } from './figure.ts';
import { html, text, textElement } from './markup.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import type { ReportSection } from './report-section.ts';
import { tableHtml } from './report-table.ts';

/** What a page is made of. */
export interface PagePlan {
  readonly title: string;
  /** Under the title, in a sentence or two. */
  readonly summary: string;
  readonly sections: readonly ReportSection[];
  /** Markup between the links to the sections and the first of them. */
  readonly filter?: string;
  /** A last section that is made of markup. */
  readonly last?: { readonly id: string; readonly title: string; readonly markup: string };
}

/** By this an earlier page is known. */
export const PAGE_MARK = '<meta name="generator" content="graphdriver bench">';

/**
 * A whole HTML document without anything from elsewhere.
 *
 * Its policy lets no other script run than the page's own, which is known by its hash: even markup in a name could not start one.
 */
export function pageHtml({ title, summary, sections, filter = '', last }: PagePlan): string {
  const hash = createHash('sha256').update(PAGE_SCRIPT).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const links = [...sections, ...(last === undefined ? [] : [last])].map((section) =>
    html('li', {}, [textElement('a', section.title, { href: `#${section.id}` })]),
  );
  const head = html('head', {}, [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    PAGE_MARK,
    html('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    textElement('title', title),
    `<style>\n${pageStyle()}\n</style>`,
  ]);
  const body = html('body', {}, [
    textElement('a', 'Skip to the results', { class: 'skip', href: '#results' }),
    html('header', {}, [html('div', {}, [textElement('h1', title), textElement('p', summary)]), themeSwitch()]),
    html('header', {}, [html('nav', { 'aria-label': 'Parts of the report' }, [html('ul', {}, links)])]),
    filter,
    html('main', { id: 'results', tabindex: -1 }, [
      ...sections.map(sectionHtml),
      ...(last === undefined
        ? []
        : [
            html('section', { id: last.id, 'aria-labelledby': `${last.id}-title` }, [
              heading(last.id, last.title),
              last.markup,
            ]),
          ]),
    ]),
    textElement(
      'footer',
      'Made by graphdriver bench from result files alone. Nothing in this page is loaded from elsewhere.',
    ),
    `<script>${PAGE_SCRIPT}</script>`,
  ]);
  return `<!doctype html>\n${html('html', { lang: 'en' }, [head, body])}\n`;
}

function themeSwitch(): string {
  const choices = ['system', 'light', 'dark'].map((name) => textElement('option', name, { value: name }));
  return html('label', { class: 'quiet' }, [
    text('Colours '),
    html('select', { id: 'theme', autocomplete: 'off' }, choices),
  ]);
}

function heading(id: string, title: string): string {
  return textElement('h2', title, { id: `${id}-title` });
}

function sectionHtml({ id, title, intro, tables, figures, more, environment }: ReportSection): string {
  return html('section', { id, 'aria-labelledby': `${id}-title` }, [
    heading(id, title),
    ...intro.map((paragraph) => textElement('p', paragraph)),
    ...tables.map(tableHtml),
    ...(environment === undefined || tables.length === 0
      ? []
      : [textElement('p', environment, { class: 'environment' })]),
    ...figures.map(figureHtml),
    ...(more.length === 0
      ? []
      : [
          html('details', { class: 'more' }, [
            textElement('summary', `${more.length} more ${more.length === 1 ? 'chart' : 'charts'}: ${rangeOf(more)}`),
            ...more.map(figureHtml),
          ]),
        ]),
  ]);
}

function rangeOf(more: ReportSection['more']): string {
  const titles = more.map(({ title }) => title);
  return titles.length <= 2 ? titles.join('; ') : `${titles[0]}; …; ${titles.at(-1)}`;
}
