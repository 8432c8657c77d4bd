import { type CheckedOptions, type ProbeSubject, recall, remember } from '@graphdriver/driver-kit';
import { FACTS_FORMAT, type HostFacts, lookAtHost } from './host-facts.ts';
import type { OverlaySettings } from './options.ts';

/** What is known of a host from an earlier look, or from one that is taken now. See `recall` for what is believed. */
export async function factsOfHost(options: CheckedOptions, settings: OverlaySettings): Promise<HostFacts> {
  const remembered = recall(subjectOf(options, settings));
  return areFacts(remembered) ? remembered : await lookAtHost(options, settings);
}

/** Keeps facts for the next opening. To be called with those of a host that works, when the root is there: it is what they are tied to. */
export function rememberFacts(options: CheckedOptions, settings: OverlaySettings, facts: HostFacts): void {
  if (facts.noSpace !== null) return;
  const subject = subjectOf(options, settings);
  if (recall(subject) === undefined) remember(subject, facts);
}

function subjectOf({ root, mountWith }: CheckedOptions, settings: OverlaySettings): ProbeSubject {
  return { driver: 'overlay2', about: 'facts', format: FACTS_FORMAT, root, mountWith, settings: { ...settings } };
}

/** The file is our own, and says in which form it is: what is looked at here is that it is whole. */
function areFacts(value: unknown): value is HostFacts {
  return typeof value === 'object' && value !== null && 'behaviour' in value && 'userxattr' in value;
}
