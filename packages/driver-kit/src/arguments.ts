import {
  assertHolderName,
  assertLayerId,
  assertQuota,
  type CallOptions,
  type CreateOptions,
  type Labels,
  type PutOptions,
  refuseUnknownKeys,
} from '@graphdriver/core';
import type { CreationRequest } from './creation.ts';

/** What `create` was asked, checked and filled in. @throws {TypeError} */
export function creationRequest(id: unknown, options: CreateOptions = {}): CreationRequest {
  assertLayerId(id);
  refuseUnknownKeys(options, ['parent', 'forkOf', 'labels', 'quota', 'signal'], 'create');
  const { parent, forkOf, labels, quota, signal } = options;
  if (parent !== undefined) assertLayerId(parent, 'parent');
  if (forkOf !== undefined) assertLayerId(forkOf, 'forkOf');
  if (parent !== undefined && forkOf !== undefined)
    throw new TypeError('A layer has a parent or is a fork, whose parent is that of the layer which it is a fork of.');
  if (quota !== undefined) assertQuota(quota);
  checkSignal(signal);
  const request = { parent, forkOf, labels: labels === undefined ? {} : checkedLabels(labels), quota };
  return signal === undefined ? request : { ...request, signal };
}

/** A copy of labels. @throws {TypeError} for what is not a plain object from strings to strings */
export function checkedLabels(labels: unknown): Labels {
  const plain = typeof labels === 'object' && labels !== null && !Array.isArray(labels);
  const entries: [string, unknown][] = plain ? Object.entries(labels) : [];
  const checked = entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []));
  if (!plain || checked.length < entries.length) throw new TypeError('Labels are an object from strings to strings.');
  return Object.fromEntries(checked);
}

/** The options of a call that takes nothing but a signal. @throws {TypeError} */
export function callOptions(id: unknown, options: CallOptions | undefined, what: string): CallOptions {
  assertLayerId(id);
  refuseUnknownKeys(options, ['signal'], what);
  checkSignal(options?.signal);
  return options?.signal === undefined ? {} : { signal: options.signal };
}

/** The options of a mount's `put`. @throws {TypeError} */
export function putOptions(options: PutOptions | undefined): PutOptions {
  refuseUnknownKeys(options, ['detach'], 'put');
  return { detach: isDetaching(options) };
}

/** The options of a lease's `put`. @throws {TypeError} */
export function leaseOptions(
  id: unknown,
  options: PutOptions & { readonly holder: string },
): PutOptions & { readonly holder: string } {
  assertLayerId(id);
  refuseUnknownKeys(options, ['holder', 'detach'], 'put');
  assertHolderName(options?.holder);
  return { holder: options.holder, detach: isDetaching(options) };
}

/** Refuses what is no abort signal. @throws {TypeError} */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw new TypeError('A signal is an AbortSignal.');
}

function isDetaching(options: PutOptions | undefined): boolean {
  const detach: unknown = options?.detach;
  if (detach === undefined) return false;
  if (typeof detach !== 'boolean') throw new TypeError('detach is true or false.');
  return detach;
}
