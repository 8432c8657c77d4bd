import { expect, it } from 'vitest';
import { SpinGauge } from '../src/spin-gauge.ts';

function after(...requests: readonly boolean[]): boolean {
  const gauge = new SpinGauge();
  for (const isSoon of requests) gauge.note(isSoon);
  return gauge.pays;
}

it('looking without sleeping pays until some twenty requests in a row came late', () => {
  expect(after()).toBe(true);
  expect(after(...Array(10).fill(false))).toBe(true);
  expect(after(...Array(25).fill(false))).toBe(false);
});

it('it pays again once some requests in a row came soon', () => {
  const late = Array(100).fill(false);
  expect(after(...late, true, true, true)).toBe(false);
  expect(after(...late, ...Array(10).fill(true))).toBe(true);
});

it('it pays where every second request comes soon, as where a program asks twice for each thing that it does', () => {
  expect(after(...Array(100).fill([true, false]).flat())).toBe(true);
});
