import type { Comparison } from '../evidence/comparison.ts';
import { verdictSentence } from '../evidence/render-comparison.ts';
import { comparisonSection } from './comparison-section.ts';
import { pageHtml } from './page.ts';

/** A comparison as one self-contained HTML page; `before` and `after` are what the results are called. */
export function comparisonPage(comparison: Comparison, before: string, after: string): string {
  const title = `${after} after ${before}`;
  return pageHtml({
    title,
    summary: verdictSentence(comparison),
    sections: [
      comparisonSection(comparison, { id: 'comparison-tables', title: 'What changed, and how surely', before, after }),
    ],
  });
}
