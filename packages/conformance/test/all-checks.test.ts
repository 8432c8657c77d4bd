import { describe, expect, it } from 'vitest';
import { allChecks, coveredCases } from '../src/index.ts';

const ids = allChecks.map((check) => check.id);

describe('the checks', () => {
  it('are more than ninety', () => {
    expect(allChecks.length).toBeGreaterThan(90);
  });

  it('have an id each that no other has, made of a group and words', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z-]+\/[a-z0-9-]+$/);
  });

  it('have a title each that no other has, as a sentence without its full stop', () => {
    const titles = allChecks.map((check) => check.title);
    expect(new Set(titles).size).toBe(titles.length);
    for (const title of titles) expect(title).not.toMatch(/\.$/);
  });

  it('stand together by group', () => {
    const groups = ids.map((id) => id.split('/')[0]);
    const starts = groups.filter((group, index) => group !== groups[index - 1]);
    expect(new Set(starts).size).toBe(starts.length);
  });

  it('name issues by their addresses', () => {
    for (const { issue } of allChecks)
      if (issue !== undefined) expect(issue).toMatch(/^https:\/\/github\.com\/.+\/(issues|pull)\/\d+$/);
  });
});

describe('the cases of other suites', () => {
  it('are each covered by checks that exist, or left out for a reason', () => {
    for (const { suite, name, checks, reason } of coveredCases) {
      expect(checks === undefined, `${suite}:${name} has checks or a reason, and not both`).toBe(reason !== undefined);
      for (const check of checks ?? []) expect(ids, `${suite}:${name}`).toContain(check);
    }
  });

  it('are each named once', () => {
    const names = coveredCases.map(({ suite, name }) => `${suite}:${name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('include the seven that containerd wrote down and never made', () => {
    const never = coveredCases.filter(({ suite }) => suite === 'containerd issues.go');
    expect(never).toHaveLength(7);
    for (const { checks } of never) expect(checks?.length).toBeGreaterThan(0);
  });
});
